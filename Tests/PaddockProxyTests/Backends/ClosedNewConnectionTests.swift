// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("New backend connections that are closed", .serialized)
struct ClosedNewConnectionTests {
    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

    private func post(_ path: String, prompt: String = "hi") -> String {
        let body = #"{"model":"llama2","prompt":"\#(prompt)"}"#
        return "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        "A request that could not be sent, as its new connection was closed, goes to another backend whole",
        arguments: ["/api/generate", "/api/show"]
    )
    func elsewhere(path: String) throws {
        let world = try GatewayWorld(backendCount: 2)
        world.closeAtOnce(0)
        let (client, _) = try world.client()
        let prompt = String(repeating: "long ", count: 5_000)
        client.send(self.post(path, prompt: prompt))
        world.settle()
        try #require(world.wires(to: 1).count == 1)
        let sent = try #require(world.wires(to: 1)[0].receiveText())
        #expect(sent.hasPrefix("POST \(path) HTTP/1.1\r\n") && sent.hasSuffix(#"long "}"#))
        #expect(sent.split(separator: "Host:", omittingEmptySubsequences: false).count == 2)
        #expect(world.wires(to: 0).count == 1)
        #expect(world.admission.summary(now: .now()).backends.map(\.isHealthy) == [false, true])
        world.wires(to: 1)[0].send(self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        #expect(world.admission.activeCount == 0 && world.gateway.memory.heldBytes == 0)
    }

    @Test("If there is no other backend the client gets 502")
    func noOther() throws {
        let world = try GatewayWorld()
        world.closeAtOnce(0)
        let (client, _) = try world.client()
        client.send(self.post("/api/generate"))
        world.settle()
        let answer = try #require(client.receiveText())
        #expect(answer.hasPrefix("HTTP/1.1 502 ") && answer.contains("before the request was sent"))
        #expect(world.admission.activeCount == 0 && world.gateway.memory.heldBytes == 0)
    }

    @Test("A request that was sent whole is never sent again")
    func sent() throws {
        let world = try GatewayWorld(backendCount: 2)
        let (client, _) = try world.client()
        client.send(self.post("/api/generate"))
        world.settle()
        try #require(world.wires(to: 0).count == 1)
        _ = world.wires(to: 0)[0].receiveText()
        world.wires(to: 0)[0].close()
        world.settle()
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 502 "))
        #expect(world.wires(to: 1).isEmpty)
    }
}
