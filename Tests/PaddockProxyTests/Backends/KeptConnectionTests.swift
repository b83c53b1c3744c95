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

@Suite("Kept backend connections", .serialized)
struct KeptConnectionTests {
    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

    private func generate(_ prompt: String = "hi") -> String {
        let body = #"{"model":"llama2","prompt":"\#(prompt)"}"#
        return "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A world in which one request has been answered, on a connection that is kept.
    private func world(backendCount: Int = 1, reply: String? = nil) throws -> (GatewayWorld, Peer) {
        let world = try GatewayWorld(backendCount: backendCount)
        let (client, _) = try world.client()
        client.send(self.generate())
        world.settle()
        try #require(world.backends.count == 1)
        _ = world.backends[0].receiveText()
        world.backends[0].send(reply ?? self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        return (world, client)
    }

    /// Sends a request, and does something after it has been read and before anything is written in the same turn.
    private func send(_ request: String, _ world: GatewayWorld, _ client: Peer, _ closing: @escaping () -> Void) {
        client.send(request)
        world.loop.later(closing)
        world.settle()
    }

    /// Sends all but the last bytes of a long request.
    ///
    /// - Returns: the last bytes.
    private func sendMost(of request: String, _ world: GatewayWorld, _ client: Peer) -> String {
        var rest = request.utf8[...]
        while rest.count > 100 {
            rest = rest.dropFirst(client.send(String(Substring(rest.dropLast(100).prefix(500_000)))))
            world.settle()
        }
        return String(Substring(rest))
    }

    @Test("A request that would be sent into a close goes to the same backend on a new connection, once")
    func closed() throws {
        let (world, client) = try self.world()
        let request = self.generate("again")
        self.send(request, world, client) { world.backends[0].close() }
        try #require(world.backends.count == 2)
        let sent = try #require(world.backends[1].receiveText())
        #expect(sent.hasPrefix("POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:"))
        #expect(sent.components(separatedBy: "Host:").count == 2)
        #expect(sent.hasSuffix(#"{"model":"llama2","prompt":"again"}"#))
        #expect(world.admission.activeCount == 1)
        world.backends[1].send(self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        #expect(world.admission.activeCount == 0)
    }

    @Test("Unexpected bytes of a backend right before it gets a request are not a reply to it")
    func unasked() throws {
        let (world, client) = try self.world()
        self.send(self.generate("again"), world, client) {
            world.backends[0].send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        try #require(world.backends.count == 2)
        #expect((world.backends[0].receiveText() ?? "").isEmpty)
        #expect(try #require(world.backends[1].receiveText()).hasSuffix(#"{"model":"llama2","prompt":"again"}"#))
        #expect(client.receiveText() == "")
    }

    @Test("A long body is sent whole, and its memory is free once it is sent", arguments: [70_000, 3_000_000])
    func longBody(_ count: Int) throws {
        let (world, client) = try self.world()
        let request = self.generate(String(repeating: "p", count: count))
        let rest = self.sendMost(of: request, world, client)
        self.send(rest, world, client) { world.backends[0].close() }
        try #require(world.backends.count == 2)
        var received = ""
        while !received.hasSuffix(#""}"#) {
            received += try #require(world.backends[1].receiveText())
            world.settle()
        }
        let head = try #require(received.range(of: "\r\n\r\n"))
        #expect(request.hasSuffix(received[head.upperBound...]) && received.utf8.count > count)
        world.backends[1].send(self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        #expect(world.gateway.memory.heldBytes == 0)
    }

    @Test("A request that passes through continues with its body, however much has arrived")
    func passesThrough() throws {
        let (world, client) = try self.world()
        let head = "POST /api/create HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        self.send(head, world, client) { world.backends[0].close() }
        client.send("2\r\nde\r\n0\r\n\r\n")
        world.settle()
        try #require(world.backends.count == 2)
        let sent = try #require(world.backends[1].receiveText())
        #expect(sent.hasSuffix("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    }

    @Test("If the backend is down another one gets the request, as if it had been the first")
    func elsewhere() throws {
        let (world, client) = try self.world(backendCount: 2)
        self.send(self.generate("again"), world, client) {
            world.backends[0].close()
            world.stopListening(0)
        }
        let other = try #require(world.wires(to: 1).first)
        let sent = try #require(other.receiveText())
        let port = world.context.gateway.backends[1].port
        #expect(sent.hasPrefix("POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
        #expect(sent.components(separatedBy: "Host:").count == 2)
        #expect(sent.hasSuffix(#"{"model":"llama2","prompt":"again"}"#))
        other.send(self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        #expect(world.admission.activeCount == 0)
    }

    @Test("Once it is sent it is never sent again: a close from then on is a failure")
    func sentOnce() throws {
        let (world, client) = try self.world()
        client.send(self.generate("again"))
        world.settle()
        _ = world.backends[0].receiveText()
        world.backends[0].close()
        world.settle()
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 502 "))
        #expect(world.backends.count == 1)
    }

    @Test(
        "A connection is not kept for longer than its backend allows",
        arguments: [
            ("timeout=5", 4.0), ("timeout=3, max=100", 2), ("TIMEOUT = 2", 1), ("timeout=1", 0), ("timeout=0", 0),
            ("timeout=600", 4), ("max=1", 0), ("max=0", 0), ("max=2", 4), ("timeout=", 4), ("timeout=-1", 4),
            ("timeout=3.5", 4), ("timeout=9,timeout=2", 1), ("", 4), (",,=,max", 4),
            ("timeout=99999999999999999999", 4), ("timeout=9223372036854775807", 4),
        ]
    )
    func keepAlive(_ value: String, _ seconds: Double) throws {
        let text = "HTTP/1.1 200 OK\r\nKeep-Alive: \(value)\r\n\r\n"
        var head = MessageHead()
        try head.readReply(Array(text.utf8).span, length: text.utf8.count)
        let keepAlive = head.keepAlive(Array(text.utf8).span)
        #expect(BackendPool.maxIdle(keepAlive, isChunked: false) == .milliseconds(Int64(seconds * 1000)))
        // A `max` is not believed behind chunks.
        let chunked = keepAlive.maxRequests == nil ? seconds : 0
        #expect(BackendPool.maxIdle(keepAlive, isChunked: true) == .milliseconds(Int64(chunked * 1000)))
    }

    @Test("One that its backend will not reuse is closed after the reply", arguments: ["max=1", "timeout=1"])
    func lastRequest(_ value: String) throws {
        let (world, client) = try self.world(
            reply: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: \(value)\r\n\r\n{}"
        )
        #expect(world.backends[0].receiveText() == nil)
        client.send(self.generate("again"))
        world.settle()
        #expect(world.backends.count == 2)
    }

    @Test(
        "One whose backend states a number of requests is not reused after a chunked reply",
        arguments: [("timeout=5, max=100", false), ("max=2", false), ("timeout=5", true), ("", true)]
    )
    func chunked(_ value: String, _ isKept: Bool) throws {
        let field = value.isEmpty ? "" : "Keep-Alive: \(value)\r\n"
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send(self.generate())
        world.settle()
        world.backends[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\(field)\r\n2\r\n{}\r\n0\r\n\r\n")
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("0\r\n\r\n"))
        client.send(self.generate("again"))
        world.settle()
        #expect(world.backends.count == (isKept ? 1 : 2))
        #expect(try #require(world.backends.last?.receiveText()).hasSuffix(#"{"model":"llama2","prompt":"again"}"#))
    }

    @Test("A backend that answered before it had the whole request gets no other on that connection")
    func early() throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send(self.sendMost(of: self.generate(String(repeating: "p", count: 20_000_000)), world, client))
        world.settle()
        world.backends[0].send(self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        client.send(self.generate("again"))
        world.settle()
        try #require(world.backends.count == 2)
        #expect(try #require(world.backends[1].receiveText()).hasSuffix(#"{"model":"llama2","prompt":"again"}"#))
    }
}
