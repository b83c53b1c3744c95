// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import NIOCore
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Own routes that answer from elsewhere or piece by piece")
struct ReplyStreamTests {
    /// `/stream` writes two pieces and ends, `/full` has no place, `/later` answers from another thread.
    private func world() throws -> GatewayWorld {
        try GatewayWorld(
            ownRoutes: OwnRoutes([
                OwnRoute("/stream", .get) { _ in
                    .now(
                        OwnReply(contentType: "text/plain") { stream in
                            stream.write(ByteBuffer(string: "one"))
                            stream.write(ByteBuffer(string: "two"))
                            stream.end()
                        }
                    )
                },
                OwnRoute("/full", .get) { _ in
                    .now(
                        OwnReply(contentType: "text/plain") { (_) throws(ErrorCause) in
                            throw .tooManySubscribers(limit: 7)
                        }
                    )
                },
                OwnRoute("/later", .get) { request in
                    .later { responder in
                        DispatchQueue.global().async { responder.reply(OwnReply(200, body: request.query ?? "")) }
                    }
                },
            ])
        )
    }

    private func ask(_ line: String, _ client: Peer) { client.send("\(line)\r\nHost: localhost\r\n\r\n") }

    @Test(
        "The head is sent before the first piece, and the connection is closed after the last",
        arguments: [
            ("GET /stream HTTP/1.1", "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"),
            ("GET /stream HTTP/1.0", "\r\n\r\nonetwo"), ("HEAD /stream HTTP/1.1", "\r\n\r\n"),
        ]
    )
    func stream(line: String, end: String) throws {
        let world = try self.world()
        let (client, connection) = try world.client()
        self.ask(line, client)
        world.settle()
        let reply = try #require(client.receiveText())
        #expect(reply.contains(" 200 OK\r\nContent-Type: text/plain\r\n"))
        #expect(reply.hasSuffix(end) && reply.split(separator: "\r\n\r\n").count == (end == "\r\n\r\n" ? 1 : 2))
        #expect(!connection.isOpen || line.hasPrefix("HEAD"))
    }

    @Test("A stream that cannot begin is an error, and the connection is kept")
    func refused() throws {
        let world = try self.world()
        let (client, connection) = try world.client()
        self.ask("GET /full HTTP/1.1", client)
        world.settle()
        let reply = try #require(client.receiveText())
        #expect(reply.hasPrefix("HTTP/1.1 503 ") && reply.contains("too_many_subscribers"))
        #expect(connection.isOpen)
    }

    @Test("An answer from another thread reaches the client, and then the next request is read")
    func later() throws {
        let world = try self.world()
        let (client, _) = try world.client()
        self.ask("GET /later?first HTTP/1.1", client)
        self.ask("GET /later?second HTTP/1.1", client)
        var received = ""
        while !received.hasSuffix("second") {
            world.settle()
            received += client.receiveText() ?? ""
        }
        #expect(received.contains("\r\n\r\nfirstHTTP/1.1 200 OK\r\n"))
    }
}
