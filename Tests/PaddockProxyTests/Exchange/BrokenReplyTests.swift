// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Replies that break", .serialized)
struct BrokenReplyTests {
    private let request =
        "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{\"model\":\"llama2\"}"
    private static let chunkedHead =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let lengthHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"

    /// Sends a request to a backend that answers at once with these bytes, and closes or does not.
    private func answered(_ pieces: [String], closes: Bool) throws -> (GatewayWorld, Peer, Connection, String) {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send(self.request)
        world.settle()
        _ = world.backends[0].receiveText()
        for piece in pieces.dropLast() {
            world.backends[0].send(piece)
            world.settle()
        }
        world.backends[0].send(pieces[pieces.count - 1])
        if closes { world.backends[0].close() }
        world.settle()
        return (world, client, connection, try #require(client.receiveText()))
    }

    private static let broken = [
        "3\nabc\r\n", "zz\r\n", "3\r\nabc\r\nzz\r\n", "3\r\nabcd\r\n",
    ].map { (reply: Self.chunkedHead + $0, closes: false) }
    private static let cutOff = [
        Self.chunkedHead, Self.chunkedHead + "3\r\nab", Self.chunkedHead + "3\r\nabc\r\n",
        Self.chunkedHead + "3\r\nabc\r\n0\r\n", Self.lengthHead, Self.lengthHead + "{",
        Self.lengthHead + String(repeating: "a", count: 99),
    ].map { (reply: $0, closes: true) }

    @Test("A reply that breaks or ends before anything of it was sent is answered with 502", arguments: broken + cutOff)
    func early(_ reply: String, _ closes: Bool) throws {
        let (world, client, connection, answer) = try self.answered([reply], closes: closes)
        #expect(answer.hasPrefix("HTTP/1.1 502 ") && answer.contains(#""error":"backend_error"#))
        // Nothing of the reply is in it, neither its type nor its status.
        #expect(!answer.contains("200") && !answer.contains("ndjson") && !answer.contains("chunked"))
        #expect(world.admission.activeCount == 0)
        #expect(connection.isOpen)
        client.send(self.request)
        world.settle()
        let next = try #require(world.backends.last)
        #expect(world.backends.count == 2)
        #expect(try #require(next.receiveText()).hasPrefix("POST /api/generate"))
        next.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        world.settle()
        #expect(try #require(client.receiveText()).hasPrefix("HTTP/1.1 200 OK\r\n"))
        let totals = world.admission.snapshot(now: .now()).models[0].totals
        #expect(totals.failed == 1 && totals.completed == 1)
    }

    @Test("What breaks later ends the connection inside the body")
    func late() throws {
        for (pieces, closes) in [
            ([Self.lengthHead, "{"], true), ([Self.chunkedHead, "3\nabc\r\n"], false),
            ([Self.chunkedHead + "3\r\nabc\r\n", "zz\r\n"], false),
        ] {
            let (world, client, _, answer) = try self.answered(pieces, closes: closes)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(!answer.hasSuffix("0\r\n\r\n"))
            #expect(client.receiveText() == nil)
            #expect(world.admission.activeCount == 0)
        }
    }

    @Test("A reply that ends with its connection is whole, even if both arrived at once")
    func whole() throws {
        for reply in ["HTTP/1.1 200 OK\r\n\r\nhi", Self.chunkedHead + "2\r\nhi\r\n0\r\n\r\n"] {
            let (world, _, _, answer) = try self.answered([reply], closes: true)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("hi"))
            #expect(world.admission.activeCount == 0)
        }
    }
}
