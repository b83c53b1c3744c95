// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

/// Work per chunk costs hundreds of times the work for its one byte.
@Suite("Bodies in chunks of one byte", .serialized)
struct SmallChunksTests {
    private let data = String(repeating: "0123456789", count: 50)

    private func chunks(_ text: String) -> String { text.map { "1\r\n\($0)\r\n" }.joined() }

    @Test("All that arrives at once is passed through in one chunk")
    func upload() throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send("POST /api/blobs/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        world.settle()
        let head = try #require(world.backends.first?.receiveText())
        #expect(head.hasSuffix("\r\n\r\n"))
        client.send(self.chunks(self.data))
        world.settle()
        #expect(world.backends[0].receiveText() == "1f4\r\n\(self.data)\r\n")
        client.send("3\r\nabc\r\n0\r\n\r\n")
        world.settle()
        #expect(world.backends[0].receiveText() == "3\r\nabc\r\n0\r\n\r\n")
        // A chunk that arrives in pieces becomes as many chunks.
        client.send("POST /api/blobs/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        world.backends[0].send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        world.settle()
        _ = world.backends[0].receiveText()
        client.send("6\r\nabc")
        world.settle()
        #expect(world.backends[0].receiveText() == "3\r\nabc\r\n")
        client.send("def\r\n")
        world.settle()
        #expect(world.backends[0].receiveText() == "3\r\ndef\r\n")
        client.send("0\r\n\r\n")
        world.settle()
        #expect(world.backends[0].receiveText() == "0\r\n\r\n")
    }

    @Test("A large chunk is relayed unchanged")
    func largeUpload() throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send("POST /api/blobs/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        world.settle()
        _ = world.backends.first?.receiveText()
        let large = String(repeating: "x", count: 20_000)
        client.send("4e20\r\n\(large)\r\n0\r\n\r\n")
        var received = ""
        for _ in 0..<10 {
            world.settle()
            received += world.backends[0].receiveText() ?? ""
        }
        let data = received.split(separator: "\r\n").filter { $0.allSatisfy { $0 == "x" } }.joined()
        #expect(data == large)
        #expect(received.hasSuffix("\r\n0\r\n\r\n"))
    }

    @Test("Broken chunks end the upload before anything after them is forwarded")
    func broken() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send("POST /api/blobs/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        world.settle()
        _ = world.backends.first?.receiveText()
        client.send(self.chunks("abc") + "x\r\n" + self.chunks("def"))
        world.settle()
        #expect(world.backends[0].receiveText() == nil)
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 400 "))
        #expect(!connection.isOpen || connection.hasPeerEnded == false)
    }

    @Test("The body of a queued route reaches the backend whole, with its length")
    func queued() throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        let body = #"{"model":"llama2","prompt":"\#(self.data)"}"#
        client.send("POST /api/generate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(self.chunks(body) + "0\r\n\r\n")
        world.settle()
        let request = try #require(world.backends.first?.receiveText())
        #expect(request.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + body))
    }
}
