// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockSockets
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy

@Suite("Places for clients")
struct ClientPlacesTests {
    @Test("A waiter for a place is called once, as soon as there is one")
    func waiting() {
        let places = ClientPlaces(limit: 2)
        let calls = Mutex(0)
        places.take()
        #expect(places.hasPlace)
        places.take()
        #expect(!places.hasPlace && !places.isWanted)
        places.waitForPlace { calls.withLock { $0 += 1 } }
        #expect(places.isWanted && calls.withLock { $0 } == 0)
        places.giveBack()
        #expect(!places.isWanted && calls.withLock { $0 } == 1)
        places.giveBack()
        #expect(calls.withLock { $0 } == 1)
        // A place that became free in between is not missed.
        places.waitForPlace { calls.withLock { $0 += 1 } }
        #expect(!places.isWanted && calls.withLock { $0 } == 2)
    }

    @Test("Connections without a request are closed when their time is over, and no others")
    func idleTimeout() throws {
        let world = try GatewayWorld()
        let (idle, idleConnection) = try world.client()
        let (busy, busyConnection) = try world.client()
        let (served, servedConnection) = try world.client()
        served.send("GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n")
        busy.send("POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        world.settle()
        #expect(served.receiveText()?.hasPrefix("HTTP/1.1 200 ") == true)
        world.connections.closeIdle(now: Instant.now().advanced(by: .seconds(179)))
        #expect(idleConnection.isOpen && busyConnection.isOpen && servedConnection.isOpen)
        world.connections.closeIdle(now: Instant.now().advanced(by: .seconds(181)))
        #expect(!idleConnection.isOpen && busyConnection.isOpen && !servedConnection.isOpen)
        withExtendedLifetime(idle) {}
    }

    @Test("The connections that have been idle longest make room, and none that has only just connected")
    func longestIdle() throws {
        let world = try GatewayWorld()
        let ends = try (0..<ClientConnections.relief + 2).map { _ in try world.client() }
        for index in ends.indices.reversed() {
            ends[index].0.send("GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n")
            world.settle()
        }
        world.connections.closeLongestIdle(now: Instant.now())
        #expect(ends.allSatisfy { $0.1.isOpen })
        world.connections.closeLongestIdle(now: Instant.now().advanced(by: .seconds(5)))
        #expect(ends.map { $0.1.isOpen } == [true, true] + Array(repeating: false, count: ClientConnections.relief))
    }

    @Test("While a client waits for a place, connections are not kept after their answer")
    func notKept() throws {
        var options = Gateway.Options()
        options.maxClientConnections = 1
        let world = try GatewayWorld(options: options)
        let (client, connection) = try world.client()
        world.gateway.clientPlaces.take()
        world.gateway.clientPlaces.waitForPlace {}
        client.send("GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n")
        world.settle()
        #expect(client.receiveText()?.contains("Connection: close\r\n") == true)
        client.close()
        world.settle()
        #expect(!connection.isOpen && !world.gateway.clientPlaces.isWanted)
    }
}
