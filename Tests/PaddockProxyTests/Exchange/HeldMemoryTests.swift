// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockSockets
import PaddockTesting
import Testing

@testable import PaddockProxy

/// Everything that a client can make the gateway hold counts in `max_queued_bytes` (contract section 4).
@Suite("Memory that requests hold")
struct HeldMemoryTests {
    private static let padding = String(repeating: "X-Padding: \(String(repeating: "x", count: 980))\r\n", count: 60)
    private static let limit = 1 << 20

    private func world() throws -> GatewayWorld {
        var configuration = Configuration()
        configuration.maxQueuedBytes = Self.limit
        return try GatewayWorld(queue: 1_000, configuration: configuration)
    }

    private func request(_ fields: String = "") -> String {
        let body = #"{"model":"llama2"}"#
        return
            "POST /api/generate HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// What a client sends that makes the gateway hold some 60 KiB of it.
    private func messages() -> [String] {
        [
            self.request(Self.padding),
            "POST /api/generate HTTP/1.1\r\nHost: localhost\r\n\(Self.padding)",
            "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n"
                + String(repeating: " ", count: 60_000),
        ]
    }

    @Test("Large heads, unfinished heads and unfinished bodies are refused beyond the limit, and all is given back")
    func refused() throws {
        for message in self.messages() {
            let world = try self.world()
            let (active, _) = try world.client()
            active.send(self.request())
            world.settle()
            let clients = try (0..<40).map { _ in try world.client() }
            for (client, _) in clients {
                client.send(message)
                world.settle()
            }
            let refused = clients.count { $0.0.receiveText()?.hasPrefix("HTTP/1.1 503 ") == true }
            let name: Comment = "\(message.prefix(30)) … \(refused) refused, \(world.gateway.memory.heldBytes) held"
            #expect(refused >= 20 && refused < 40, name)
            #expect(world.gateway.memory.heldBytes <= Self.limit, name)
            for (_, connection) in clients { connection.close() }
            active.close()
            world.settle()
            #expect(world.gateway.memory.heldBytes == 0, name)
        }
    }

    @Test("Behind a request that waits a few KiB are read, and no more")
    func readAhead() throws {
        let world = try self.world()
        let (active, _) = try world.client()
        active.send(self.request())
        world.settle()
        let (waiting, connection) = try world.client()
        waiting.send(self.request())
        world.settle()
        let ahead = String(repeating: self.request(), count: 10_000)
        var taken = 0
        for _ in 0..<200 {
            taken += waiting.send(Array(ahead.utf8.dropFirst(taken).prefix(2_000)))
            world.settle()
        }
        // The rest is in the kernel, which takes some hundred KiB.
        #expect(taken < ahead.utf8.count)
        #expect(world.gateway.memory.heldBytes < 16_384)
        // What was not read is neither lost nor the end of the client.
        #expect(connection.isOpen)
        waiting.close()
        active.close()
        world.settle()
        #expect(!connection.isOpen && world.gateway.memory.heldBytes == 0)
    }
}
