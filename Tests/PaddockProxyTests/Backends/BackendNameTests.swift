// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Backends that are given by name", .serialized)
struct BackendNameTests {
    /// A name server that the test plays.
    private final class Names: Sendable {
        private let answers = Mutex<(addresses: [SocketAddress], lookUps: Int)>(([], 0))

        /// What the name has; nothing is a name that does not exist.
        var addresses: [SocketAddress] {
            get { self.answers.withLock { $0.addresses } }
            set { self.answers.withLock { $0.addresses = newValue } }
        }

        /// How often it was asked.
        var lookUps: Int { self.answers.withLock { $0.lookUps } }

        func lookUp(_ host: String, _ port: Int, _ loop: SocketLoop) -> EventLoopFuture<[SocketAddress]> {
            let addresses = self.answers.withLock {
                $0.lookUps += 1
                return $0.addresses
            }
            if addresses.isEmpty { return loop.makeFailedFuture(UnknownHost(host: host)) }
            return loop.makeSucceededFuture(addresses)
        }
    }

    private let names = Names()
    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

    /// A world in which the first backend has a name; at the place of the second the test puts what the name may lead to.
    private func world() throws -> GatewayWorld {
        var options = Gateway.Options()
        options.lookUp = self.names.lookUp
        let world = try GatewayWorld(host: "ollama.test", options: options, backendCount: 2)
        // All requests go to the first one.
        world.admission.setBackend(BackendIndex(1), healthy: false, now: .now())
        return world
    }

    private func address(_ world: GatewayWorld, _ backend: Int) throws -> SocketAddress {
        try SocketAddress(ipAddress: "127.0.0.1", port: world.gateway.backends[backend].port)
    }

    /// Sends a request on a new connection.
    ///
    /// - Returns: the client.
    private func request(_ world: GatewayWorld) throws -> Peer {
        let (client, _) = try world.client()
        let body = #"{"model":"llama2","prompt":"hi"}"#
        client.send(
            "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        world.settle()
        return client
    }

    private func answer(_ wire: Peer?, _ world: GatewayWorld, to client: Peer, closing: Bool = false) throws {
        let wire = try #require(wire)
        #expect(try #require(wire.receiveText()).hasPrefix("POST /api/generate"))
        wire.send(closing ? self.reply.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n") : self.reply)
        world.settle()
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 200 "))
    }

    @Test("An address that accepts no connection is passed over, and the one that did is tried first from then on")
    func next() throws {
        let world = try self.world()
        // Nobody listens there.
        let deaf = try SocketAddress(ipAddress: "127.0.0.2", port: world.gateway.backends[0].port)
        self.names.addresses = [deaf, try self.address(world, 0)]
        for count in 1...2 {
            try self.answer(try self.request(world), to: count, world)
        }
        #expect(self.names.lookUps == 1)
    }

    private func answer(_ client: Peer, to count: Int, _ world: GatewayWorld) throws {
        #expect(world.wires(to: 0).count == count)
        try self.answer(world.wires(to: 0).last, world, to: client, closing: true)
    }

    @Test("If none of the addresses accepts a connection any more the name is looked up again, for the same request")
    func moved() throws {
        let world = try self.world()
        self.names.addresses = [try self.address(world, 0)]
        try self.answer(try self.request(world), to: 1, world)
        world.stopListening(0)
        self.names.addresses = [try self.address(world, 1)]
        let client = try self.request(world)
        try self.answer(world.wires(to: 1).first, world, to: client)
        #expect(self.names.lookUps == 2)
    }

    @Test("If the name has the same addresses as before the request fails, after one look-up")
    func gone() throws {
        let world = try self.world()
        self.names.addresses = [try self.address(world, 0)]
        try self.answer(try self.request(world), to: 1, world)
        world.stopListening(0)
        world.stopListening(1)
        let client = try self.request(world)
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 502 "))
        #expect(world.wires(to: 1).isEmpty)
    }

    @Test("A name that cannot be looked up any more leads where it led")
    func lost() throws {
        let world = try self.world()
        self.names.addresses = [try self.address(world, 0)]
        let name = BackendName("ollama.test", port: 80, on: world.loop, lookUp: self.names.lookUp)
        _ = name.lookUp()
        world.settle()
        name.failed()
        self.names.addresses = []
        _ = name.lookUp()
        world.settle()
        #expect(name.freshAddresses == nil)
        #expect(name.lastAddresses == [try self.address(world, 0)])
    }

    @Test("A connection to an address that the name has lost is not kept")
    func notKept() throws {
        let world = try self.world()
        let name = BackendName("ollama.test", port: 80, on: world.loop, lookUp: self.names.lookUp)
        let (one, two) = (try self.address(world, 0), try self.address(world, 1))
        self.names.addresses = [one]
        #expect(name.mayKeep(one))
        world.settle()
        #expect(name.mayKeep(one) && !name.mayKeep(two) && self.names.lookUps == 1)
    }
}
