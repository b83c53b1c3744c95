// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockProxy

@Suite("Backends that come and go on an event loop", .serialized)
struct JoiningBackendTests {
    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

    /// Sends a request of a new client.
    private func request(_ world: GatewayWorld) throws -> Peer {
        let (client, _) = try world.client()
        let body = #"{"model":"llama2","prompt":"hi"}"#
        let head = "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        client.send(head + body)
        world.settle()
        return client
    }

    /// A world in which one backend serves a request and another one, which joined, serves one that had to wait.
    private func world() throws -> (GatewayWorld, joined: BackendIndex, clients: [Peer]) {
        let world = try GatewayWorld(joining: 1)
        let clients = [try self.request(world), try self.request(world)]
        let index = world.admission.addBackend(BackendTraits(), now: .now())
        world.context.backends.place(try world.backend(1), at: index)
        world.settle()
        #expect(world.wires(to: 1).isEmpty)
        world.admission.openBackend(index, now: .now())
        world.settle()
        return (world, index, clients)
    }

    @Test("One that joins gets a request that waits, with its own Host")
    func joins() throws {
        let (world, _, clients) = try self.world()
        let wire = try #require(world.wires(to: 1).first)
        let port = try world.backend(1).port
        let sent = try #require(wire.receiveText())
        #expect(sent.hasPrefix("POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
        wire.send(self.reply)
        world.settle()
        #expect(try #require(clients[1].receiveText()).hasSuffix("{}"))
    }

    @Test("A kept connection to one that is retired is closed")
    func closesKept() throws {
        let (world, index, clients) = try self.world()
        let wire = try #require(world.wires(to: 1).first)
        _ = wire.receiveText()
        wire.send(self.reply)
        world.settle()
        #expect(wire.receiveText() == "" && clients.count == 2)
        #expect(world.admission.closeBackend(index, isRemoved: true, now: .now()))
        world.context.backends.retire(index)
        world.settle()
        #expect(wire.receiveText() == nil)
        #expect(world.context.backends.count == 1)
    }

    @Test(
        "What is active on one that is retired ends well, and its connection with it; placed again it serves as before"
    )
    func lastRequest() throws {
        let (world, index, clients) = try self.world()
        let wire = try #require(world.wires(to: 1).first)
        _ = wire.receiveText()
        #expect(world.admission.closeBackend(index, isRemoved: true, now: .now()))
        world.context.backends.retire(index)
        wire.send(self.reply)
        world.settle()
        #expect(try #require(clients[1].receiveText()).hasSuffix("{}"))
        #expect(wire.receiveText() == nil)
        world.context.backends.place(try world.backend(1), at: index)
        world.admission.openBackend(index, now: .now())
        let third = try self.request(world)
        #expect(world.wires(to: 1).count == 2 && third.receiveText() == "")
    }
}
