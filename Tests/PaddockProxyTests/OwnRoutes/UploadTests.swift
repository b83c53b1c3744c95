// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Uploads to own routes")
struct UploadTests {
    /// A receiver that does what the test says.
    private final class Upload: UploadReceiver {
        let tools: UploadTools
        var takesMore = true
        var received: [UInt8] = []
        var isWhole = false
        var isCancelled = false

        init(_ tools: UploadTools) { self.tools = tools }

        func receive(_ bytes: Span<UInt8>) {
            #expect(self.takesMore && !self.isCancelled)
            for index in bytes.indices { self.received.append(bytes[index]) }
        }

        func finish() {
            #expect(!self.isWhole)
            self.isWhole = true
        }

        func cancel() { self.isCancelled = true }

        var text: String { String(decoding: self.received, as: UTF8.self) }
    }

    /// A gateway with a route that takes uploads.
    private final class Place {
        /// Used on one thread.
        private final class Uploads: @unchecked Sendable {
            var all: [Upload] = []
        }

        let world: GatewayWorld
        let client: Peer
        let connection: Connection
        private let uploads: Uploads

        /// - Parameter refusal: the error for each upload whose query has it.
        init(refusal: ErrorReply? = nil) throws {
            let uploads = Uploads()
            let routes = OwnRoutes([
                OwnRoute(
                    "/v1/files",
                    .get,
                    .post,
                    upload: { (request, tools) throws(ErrorReply) in
                        if let refusal, request.query != nil { throw refusal }
                        let upload = Upload(tools)
                        uploads.all.append(upload)
                        return upload
                    },
                    handler: { _ in .now(OwnReply(200, body: "list")) }
                )
            ])
            self.uploads = uploads
            self.world = try GatewayWorld(ownRoutes: routes)
            (self.client, self.connection) = try self.world.client()
        }

        var all: [Upload] { self.uploads.all }

        func send(_ text: String) {
            self.client.send(text)
            self.world.settle()
        }

        func answer(_ upload: Upload, _ status: Int = 200, _ body: String = "done") {
            upload.tools.responder.reply(OwnReply(status, body: body))
            self.world.settle()
        }

        var reply: String { self.client.receiveText() ?? "the end" }
    }

    private static let list = "GET /v1/files HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func head(_ fields: String, query: String = "") -> String {
        "POST /v1/files\(query) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n"
    }

    @Test("A body is taken as it arrives, however it is framed, and the next request begins after the answer")
    func pieces() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 6") + "abc")
        let first = try #require(place.all.first)
        #expect(first.text == "abc" && !first.isWhole)
        place.send("def" + Self.head("Transfer-Encoding: chunked") + "2\r\ngh\r\n")
        #expect(first.text == "abcdef" && first.isWhole && place.all.count == 1)
        place.answer(first)
        #expect(place.reply.hasSuffix("done"))
        let second = try #require(place.all.dropFirst().first)
        #expect(second.text == "gh")
        place.send("1\r\ni\r\n0\r\n\r\n" + Self.list)
        #expect(second.text == "ghi" && second.isWhole)
        place.answer(second)
        let reply = place.reply
        #expect(reply.contains("done") && reply.hasSuffix("list"))
        #expect(!first.isCancelled && !second.isCancelled)
    }

    @Test("One without a body is whole at once", arguments: ["Content-Length: 0", "X: y"])
    func empty(fields: String) throws {
        let place = try Place()
        place.send(Self.head(fields) + Self.list)
        let upload = try #require(place.all.first)
        #expect(upload.isWhole && upload.received.isEmpty)
        place.answer(upload)
        #expect(place.reply.hasSuffix("list"))
    }

    @Test("While it takes no more, the client is not read; it is read on when it does")
    func backPressure() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 100000000") + "x")
        let upload = try #require(place.all.first)
        upload.takesMore = false
        let piece = [UInt8](repeating: 7, count: 65_536)
        var sent = 1
        // As much as the sockets and the input hold.
        while true {
            let count = place.client.send(piece)
            place.world.settle()
            sent += count
            if count == 0 { break }
        }
        #expect(upload.received.count == 1 && sent < 20_000_000)
        upload.takesMore = true
        upload.tools.resume()
        place.world.settle()
        #expect(upload.received.count == sent)
        place.client.send(piece)
        place.world.settle()
        #expect(upload.received.count == sent + piece.count)
    }

    @Test("An answer in the middle is sent at once, and the rest of the body is no request")
    func earlyAnswer() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 100") + "abc")
        let upload = try #require(place.all.first)
        place.answer(upload, 507, "full")
        let reply = place.reply
        #expect(reply.hasPrefix("HTTP/1.1 507 ") && reply.contains("Connection: close") && reply.hasSuffix("full"))
        place.send(Self.list + Self.list)
        #expect(upload.text == "abc" && place.reply == "the end")
    }

    @Test("One that is refused by its head is not read, and its responder answers no other")
    func refused() throws {
        let place = try Place(refusal: ErrorReply(409, "too_many_files", "no"))
        place.send(
            Self.head("Content-Length: 0", query: "?x") + Self.head("Content-Length: 3") + "abc"
        )
        #expect(place.reply.hasPrefix("HTTP/1.1 409 "))
        let upload = try #require(place.all.first)
        place.world.settle()
        #expect(upload.isWhole && place.reply == "")
        place.answer(upload)
        #expect(place.reply.hasSuffix("done"))
    }

    @Test("A client that waits for it may send the body, if it is not refused")
    func expect() throws {
        let place = try Place(refusal: ErrorReply(409, "too_many_files", "no"))
        place.send(Self.head("Expect: 100-continue\r\nContent-Length: 3"))
        #expect(place.reply == "HTTP/1.1 100 Continue\r\n\r\n")
        place.send("abc")
        place.answer(try #require(place.all.first))
        #expect(place.reply.hasPrefix("HTTP/1.1 200 "))
        place.send(Self.head("Expect: 100-continue\r\nContent-Length: 3", query: "?x"))
        #expect(place.reply.hasPrefix("HTTP/1.1 409 "))
    }

    @Test("A client that leaves, or breaks its chunks, ends it")
    func ended() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 100") + "abc")
        place.client.close()
        place.world.settle()
        #expect(try #require(place.all.first).isCancelled && !place.connection.isOpen)
        let other = try Place()
        other.send(Self.head("Transfer-Encoding: chunked") + "1\r\nabc")
        #expect(other.reply.hasPrefix("HTTP/1.1 400 "))
        #expect(try #require(other.all.first).isCancelled)
        // What takes it is late.
        other.answer(other.all[0])
        #expect(other.reply == "the end")
    }

    @Test("A client that has sent everything and closes its side gets the answer")
    func halfClosed() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 3") + "abc")
        place.client.end()
        place.world.settle()
        let upload = try #require(place.all.first)
        #expect(place.connection.isOpen && !upload.isCancelled)
        place.answer(upload)
        #expect(place.reply.hasSuffix("done"))
    }

    @Test("It counts in the memory of all requests until it is answered, and is refused if there is none")
    func memory() throws {
        let place = try Place()
        place.send(Self.head("Content-Length: 3"))
        #expect(place.world.gateway.memory.heldBytes >= 524_288)
        place.send("abc")
        place.answer(place.all[0])
        #expect(place.world.gateway.memory.heldBytes == 0)
        place.world.gateway.memory.count(1 << 40)
        _ = place.reply
        place.send(Self.head("Content-Length: 3") + "abc")
        #expect(place.reply.hasPrefix("HTTP/1.1 503 ") && place.all.count == 1)
    }

    @Test("It has 30 s after each piece")
    func clock() {
        var clock = ExchangeClock()
        let start = Instant(nanoseconds: 0)
        clock.begin(at: start, requestTimeout: .seconds(1))
        clock.uploads(now: start.advanced(by: .seconds(500)))
        #expect(clock.deadline == start.advanced(by: .seconds(530)))
        clock.stops()
        #expect(clock.deadline == nil)
    }
}
