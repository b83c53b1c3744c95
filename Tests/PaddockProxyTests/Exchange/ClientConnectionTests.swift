// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import PaddockAdmission
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("A client's connection", .serialized)
struct ClientConnectionTests {
    private func generate(_ model: String) -> String {
        let body = #"{"model":"\#(model)","prompt":"hi"}"#
        return "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

    @Test("A request goes to the backend, and its reply to the client, on connections that are kept")
    func exchange() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        for round in 1...3 {
            client.send(self.generate("llama2"))
            world.settle()
            try #require(world.backends.count == 1)
            let request = try #require(world.backends[0].receiveText())
            #expect(request.hasPrefix("POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:"))
            #expect(request.hasSuffix(#"{"model":"llama2","prompt":"hi"}"#))
            #expect(world.admission.activeCount == 1)
            world.backends[0].send(self.reply)
            world.settle()
            let answer = try #require(client.receiveText())
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "round \(round)")
            #expect(answer.hasSuffix("\r\n\r\n{}"))
            #expect(world.admission.activeCount == 0)
        }
        #expect(connection.isOpen)
    }

    @Test("The next waiter starts when the reply before it is whole, in order of arrival")
    func queue() throws {
        let world = try GatewayWorld(parallel: 1)
        let clients = try (0..<3).map { _ in try world.client().0 }
        for client in clients {
            client.send(self.generate("llama2"))
            world.settle()
        }
        for client in clients {
            // One connection does for all, as only one is with the backend at a time.
            try #require(world.backends.count == 1)
            #expect(try #require(world.backends[0].receiveText()).contains("llama2"))
            let (first, rest) = (self.reply.dropLast(1), self.reply.suffix(1))
            world.backends[0].send(String(first))
            world.settle()
            #expect(world.backends[0].receiveText() == "")
            world.backends[0].send(String(rest))
            world.settle()
            #expect(try #require(client.receiveText()).hasSuffix("{}"))
        }
        #expect(world.admission.activeCount == 0)
    }

    @Test("A client that leaves gives its slot to the next, whether its request waits or is active", arguments: [0, 1])
    func leaves(_ leaver: Int) throws {
        let world = try GatewayWorld(parallel: 1)
        let clients = try (0..<3).map { _ in try world.client().0 }
        for client in clients {
            client.send(self.generate("llama2"))
            world.settle()
        }
        clients[leaver].close()
        world.settle()
        let stayed = [0, 1, 2].filter { $0 != leaver }
        for index in stayed {
            let backend = try #require(world.backends.last)
            #expect(try #require(backend.receiveText()).contains("llama2"))
            backend.send(self.reply)
            world.settle()
            #expect(try #require(clients[index].receiveText()).hasSuffix("{}"))
        }
        #expect(world.admission.activeCount == 0)
        // The connection of a request that was given up is not used again.
        #expect(world.backends.count == (leaver == 0 ? 2 : 1))
    }

    /// The data after its request fills its buffer, so that nothing more is read until it is answered.
    @Test("A client that leaves is noticed though nothing is read from it at the moment")
    func leavesUnread() throws {
        let world = try GatewayWorld(parallel: 1)
        let (first, _) = try world.client()
        first.send(self.generate("llama2"))
        world.settle()
        let (second, connection) = try world.client()
        second.send(self.generate("llama2"))
        let filler = String(repeating: "x", count: 10_000)
        while second.send(filler) > 0 { world.settle() }
        #expect(connection.isOpen)
        second.end()
        world.settle()
        #expect(!connection.isOpen)
    }

    /// Reading used to stop at the size of the longest head, and to know that a head is too long takes one byte more.
    @Test("A head that is too long is refused, however its bytes arrive", arguments: [1_000, 65_536, 70_000])
    func longHead(_ piece: Int) throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        var head = Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8)
        head += [UInt8](repeating: UInt8(ascii: "a"), count: HeadScanner.maxHeadBytes)
        var sent = 0
        while sent < head.count, connection.isOpen {
            let count = client.send(String(decoding: head[sent...].prefix(piece), as: UTF8.self))
            if count == 0 { break }
            sent += count
            world.settle()
        }
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 431 "))
    }

    @Test(
        "Of many pipelined requests a few are answered per turn, so that others have their turns",
        arguments: [false, true]
    )
    func pipelined(isEnding: Bool) throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        let question = "GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.send(String(repeating: question, count: 80))
        if isEnding { client.end() }
        var answers: [Int] = []
        for _ in 0..<12 {
            world.loop.turn(mayWait: false)
            answers.append((client.receiveText() ?? "").components(separatedBy: "HTTP/1.1 200 OK").count - 1)
        }
        #expect(answers.allSatisfy { $0 <= 32 })
        #expect(answers.reduce(0, +) == 80)
    }

    /// Each answer is many times as long as its question: 60 KB of questions had 100 MB of answers waiting.
    @Test("A client that sends much at once and does not read is answered gradually, and completely")
    func flood() throws {
        let answer = String(repeating: "a", count: 100_000)
        let world = try GatewayWorld(ownAnswer: answer)
        let (client, connection) = try world.client()
        let question = "GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let count = 1_000
        client.send(String(repeating: question, count: count))
        world.settle()
        #expect(connection.waitingBytes > 0)
        var most = 0
        var received = 0
        // Each round takes what there is, and the gateway answers on.
        for _ in 0..<100_000 {
            most = max(most, connection.waitingBytes)
            received += client.receiveText()?.utf8.count ?? 0
            world.settle()
            if connection.waitingBytes == 0 { break }
        }
        received += client.receiveText()?.utf8.count ?? 0
        #expect(most < 2 * Connection.highWaterMark + answer.utf8.count + 1_000)
        #expect(received > count * answer.utf8.count)
    }

    @Test("A backend whose client does not read is not read either, and nothing is lost")
    func backPressure() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send(self.generate("llama2"))
        world.settle()
        let backend = try #require(world.backends.first)
        _ = backend.receiveText()
        let total = 20_000_000
        backend.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
        let piece = String(repeating: "b", count: 100_000)
        var sent = 0
        while true {
            let count = backend.send(String(piece.prefix(min(piece.utf8.count, total - sent))))
            if count == 0 { break }
            sent += count
            world.settle()
        }
        #expect(sent < total)
        #expect(connection.waitingBytes < Connection.highWaterMark + 2 * ReceiveBuffers.maxRead)
        var received = 0
        while received < total {
            received += (client.receiveText() ?? "").utf8.count
            if sent < total { sent += backend.send(String(piece.prefix(min(piece.utf8.count, total - sent)))) }
            world.settle()
        }
        #expect(world.admission.activeCount == 0)
    }

    @Test("A backend that closes without an answer is reported as such, and the slot is free")
    func lostBackend() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send(self.generate("llama2"))
        world.settle()
        world.backends[0].close()
        world.settle()
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 502 "))
        #expect(world.admission.activeCount == 0)
        #expect(connection.isOpen)
    }

    /// `localhost` is an address of IPv6 first on many systems, and the backend listens on IPv4 alone, as Ollama does.
    @Test("A backend that is known by its name is looked up, once for all who ask meanwhile")
    func name() throws {
        let world = try GatewayWorld(parallel: 3, host: "localhost")
        let clients = try (0..<3).map { _ in try world.client().0 }
        for client in clients { client.send(self.generate("llama2")) }
        while world.backends.count < 3 { world.loop.turn() }
        world.settle()
        for (client, backend) in zip(clients, world.backends) {
            let request = try #require(backend.receiveText())
            #expect(request.hasPrefix("POST /api/generate HTTP/1.1\r\nHost: localhost:"))
            backend.send(self.reply)
            world.settle()
            withExtendedLifetime(client) {}
        }
        #expect(clients.allSatisfy { $0.receiveText()?.hasSuffix("{}") == true })
    }
}
