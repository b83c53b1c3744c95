// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockHTTP
import PaddockSockets
import PaddockTesting
import Testing

@testable import PaddockProxy

/// Answers that are given before a request has been read whole (contract section 5).
@Suite("Answers before the end of a request")
struct EarlyAnswerTests {
    /// Why a request is answered early.
    enum Cause: String, CaseIterable {
        case memory = "503"
        case tooLarge = "413"
        case tooLargeForOwnRoute = "413 own"
        case unsupportedEncoding = "415"
        case foreignHost = "403"
        case noKey = "401"
        case draining = "503 draining"

        var status: String { String(self.rawValue.prefix(3)) }
    }

    /// What would be an answer of its own, were it read as a request.
    private static let smuggled = "GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func world(_ cause: Cause) throws -> GatewayWorld {
        var options = Gateway.Options()
        var configuration = Configuration()
        switch cause {
        case .memory: configuration.maxQueuedBytes = 1_000
        case .tooLarge: configuration.maxBodyBytes = 1_000
        case .foreignHost:
            options.machineName = "here"
            options.needsLocalHost = true
        case .noKey:
            var alice = DeclaredClient(name: "alice")
            alice.keyHash = KeyHash(of: Array("secret".utf8).span)
            configuration.clients = [alice]
            configuration.requiresKey = true
        case .tooLargeForOwnRoute, .unsupportedEncoding, .draining: break
        }
        let world = try GatewayWorld(configuration: configuration, options: options)
        if cause == .draining { world.gateway.drain {} }
        return world
    }

    private func head(_ cause: Cause) -> String {
        let path =
            switch cause {
            case .tooLargeForOwnRoute: "/queue/stats"
            case .draining: "/api/pull"
            default: "/api/generate"
            }
        let host = cause == .foreignHost ? "evil.example" : "localhost"
        let encoding = cause == .unsupportedEncoding ? "Content-Encoding: br\r\n" : ""
        return "POST \(path) HTTP/1.1\r\nHost: \(host)\r\n\(encoding)"
    }

    private func body(_ cause: Cause) -> String {
        let count = cause == .tooLargeForOwnRoute ? 25_000 : 200
        return String(repeating: Self.smuggled, count: count)
    }

    /// How a body is framed.
    enum Framing: CaseIterable {
        case counted, oneChunk, manyChunks

        func message(_ head: String, _ body: String, expects: Bool) -> (head: String, body: String) {
            let expect = expects ? "Expect: 100-continue\r\n" : ""
            switch self {
            case .counted: return (head + "Content-Length: \(body.utf8.count)\r\n\(expect)\r\n", body)
            case .oneChunk:
                let chunks = String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n"
                return (head + "Transfer-Encoding: chunked\r\n\(expect)\r\n", chunks)
            case .manyChunks:
                let size = EarlyAnswerTests.smuggled.utf8.count
                let chunk = String(size, radix: 16) + "\r\n" + EarlyAnswerTests.smuggled + "\r\n"
                let chunks = String(repeating: chunk, count: body.utf8.count / size) + "0\r\n\r\n"
                return (head + "Transfer-Encoding: chunked\r\n\(expect)\r\n", chunks)
            }
        }
    }

    /// How the bytes of a request arrive.
    enum Arrival: CaseIterable {
        case atOnce, bodyLater, inPieces
    }

    @Test("No byte of a refused body is read as a request", arguments: Cause.allCases)
    func refusedBody(_ cause: Cause) throws {
        for framing in Framing.allCases {
            for arrival in Arrival.allCases {
                for expects in [false, true] {
                    try self.checkRefusal(cause, framing, arrival, expects: expects)
                }
            }
        }
    }

    private func checkRefusal(_ cause: Cause, _ framing: Framing, _ arrival: Arrival, expects: Bool) throws {
        let world = try self.world(cause)
        let (client, connection) = try world.client()
        let message = framing.message(self.head(cause), self.body(cause), expects: expects)
        var replies = ""
        switch arrival {
        case .atOnce: replies = self.send(message.head + message.body, by: client, in: world, pieceBytes: 1 << 20)
        case .bodyLater:
            replies = self.send(message.head, by: client, in: world, pieceBytes: 1 << 20)
            replies += self.send(message.body, by: client, in: world, pieceBytes: 1 << 20)
        case .inPieces: replies = self.send(message.head + message.body, by: client, in: world, pieceBytes: 7_919)
        }
        let isKept = !replies.contains("Connection: close")
        let answers = replies.split(separator: "HTTP/1.1 ").filter { !$0.hasPrefix("100") }
        let comment: Comment = "\(cause) \(framing) \(arrival), 100-continue: \(expects): \(replies)"
        #expect(answers.count == 1, comment)
        #expect(answers.first?.hasPrefix(cause.status) == true, comment)
        guard isKept else { return }
        // What was kept serves the next request, and that one alone.
        #expect(connection.isOpen, comment)
        let next = self.send(Self.smuggled, by: client, in: world, pieceBytes: 1 << 20)
        #expect(next.split(separator: "HTTP/1.1 ").count == 1, comment)
    }

    private func send(_ text: String, by client: Peer, in world: GatewayWorld, pieceBytes: Int) -> String {
        var received = ""
        var rest = Array(text.utf8)[...]
        var idleTurns = 0
        while !rest.isEmpty, idleTurns < 3 {
            let taken = client.send(Array(rest.prefix(pieceBytes)))
            rest = rest.dropFirst(taken)
            idleTurns = taken == 0 ? idleTurns + 1 : 0
            world.settle()
            received += client.receiveText() ?? ""
        }
        world.settle()
        return received + (client.receiveText() ?? "")
    }

    @Test(
        "A refused body that has arrived completely leaves the connection open",
        arguments: [Cause.memory, .unsupportedEncoding]
    )
    func keptConnection(_ cause: Cause) throws {
        let world = try self.world(cause)
        let (client, connection) = try world.client()
        let body = String(repeating: Self.smuggled, count: 30)
        let message = Framing.counted.message(self.head(cause), body, expects: false)
        let replies = self.send(message.head + message.body + Self.smuggled, by: client, in: world, pieceBytes: 1 << 20)
        #expect(replies.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == [Substring(cause.status), "200"])
        #expect(connection.isOpen)
    }

    /// Why Paddock answers a request whose whole body has arrived; each leaves data that was for a backend.
    enum LateRefusal: String, CaseIterable {
        case noModel = "400"
        case rejected = "503"
        case cancelled = "503 cancelled"
        case backendGone = "502"
    }

    @Test("A refused request leaves nothing for the next one", arguments: LateRefusal.allCases)
    func nothingLeft(_ refusal: LateRefusal) throws {
        let world = try GatewayWorld(queue: refusal == .rejected ? 0 : 10, backendCount: 1)
        let (active, _) = try world.client()
        if refusal != .noModel, refusal != .backendGone {
            active.send(self.post(#"{"model":"llama2"}"#))
            world.settle()
        }
        // Longer than what is held in one piece.
        let filler = String(repeating: "x", count: 150_000)
        let large = refusal == .noModel ? #"{"prompt":"\#(filler)"}"# : #"{"model":"llama2","prompt":"\#(filler)"}"#
        let (client, _) = try world.client()
        var replies = self.send(self.post(large, id: "large"), by: client, in: world, pieceBytes: 1 << 20)
        switch refusal {
        case .noModel, .rejected: break
        case .cancelled: #expect(world.admission.cancel(id: "large", now: .now()))
        case .backendGone:
            _ = world.backends[0].receiveText()
            world.backends[0].close()
        }
        world.settle()
        replies += client.receiveText() ?? ""
        #expect(replies.hasPrefix("HTTP/1.1 \(refusal.rawValue.prefix(3))"), "\(replies.prefix(200))")
        #expect(world.gateway.memory.heldBytes == 0)

        if !world.backends.isEmpty, refusal != .backendGone {
            _ = world.backends[0].receiveText()
            world.backends[0].send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            world.settle()
        }
        let small = #"{"model":"llama2","prompt":"small"}"#
        client.send(self.post(small))
        world.settle()
        let request = try #require(world.backends.last?.receiveText())
        #expect(request.hasSuffix("\r\nContent-Length: \(small.utf8.count)\r\n\r\n\(small)"), "\(request.count) bytes")
    }

    private func post(_ body: String, id: String = "other") -> String {
        "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: \(id)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
