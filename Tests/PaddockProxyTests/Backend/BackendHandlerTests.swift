// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import PaddockHTTP
import Testing

@testable import PaddockProxy

@Suite("A backend's replies")
struct BackendHandlerTests {
    /// Notes what it hears of its reply.
    private final class Exchange: BackendExchange {
        let wantsPlainData = false
        var heard: [String] = []

        func backendConnected(_ backend: BackendHandler) {}
        func backendUnreachable(_ reason: String) {}
        func interimReply(_ head: MessageHead, _ bytes: ByteBuffer) { self.heard.append("interim \(head.status)") }
        func replyHead(_ head: MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {
            self.heard.append("head \(head.status)")
        }
        func replyBytes(_ bytes: ByteBuffer) { self.heard.append(String(buffer: bytes)) }
        func replyBurstEnded() {}
        func replyEnded(isReusable: Bool) { self.heard.append(isReusable ? "ended, reusable" : "ended") }
        func backendLost(_ failure: ExchangeFailure) { self.heard.append("lost: \(failure)") }
        func backendWritabilityChanged() {}
    }

    private let channel = EmbeddedChannel()
    private let exchange = Exchange()
    private let backend: BackendHandler

    init() throws {
        self.backend = BackendHandler(backend: 0, turn: LoopTurn(on: self.channel.embeddedEventLoop))
        try self.channel.pipeline.syncOperations.addHandler(self.backend)
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        self.backend.begin(self.exchange, isReplyToHead: false)
    }

    private func receive(_ text: String) throws { try self.channel.writeInbound(ByteBuffer(string: text)) }

    @Test("A reply is worked off at the end of the turn, and the connection can be used again")
    func whole() throws {
        try self.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        #expect(self.exchange.heard.isEmpty)
        self.channel.embeddedEventLoop.run()
        #expect(self.exchange.heard == ["head 200", "hi", "ended, reusable"])
        #expect(self.backend.isUsable)
    }

    @Test("What comes in several pieces in one turn is worked off in order")
    func pieces() throws {
        try self.receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        try self.receive("c")
        try self.receive("d")
        self.channel.embeddedEventLoop.run()
        #expect(self.exchange.heard == ["head 200", "ab", "c", "d", "ended, reusable"])
    }

    /// The next request would have been written into the close, and lost.
    @Test("A backend that closes behind its reply is not used again, even where both came at once")
    func closesBehind() throws {
        try self.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        try self.channel.close().wait()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        #expect(!self.backend.isUsable)
    }

    @Test("A reply that ends with the connection is whole, and one that is cut off is lost")
    func ends() throws {
        try self.receive("HTTP/1.1 200 OK\r\n\r\nhi")
        try self.channel.close().wait()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        let other = try BackendHandlerTests()
        try other.receive("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi")
        try other.channel.close().wait()
        #expect(other.exchange.heard == ["head 200", "hi", "lost: \(ExchangeFailure.backendBrokeOff)"])
    }

    @Test("A kept connection that has been spoken on unasked carries no request, in this turn or later")
    func unasked() throws {
        try self.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.channel.embeddedEventLoop.run()
        #expect(self.backend.isUsable)
        try self.receive("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        #expect(!self.backend.isUsable)
        self.channel.embeddedEventLoop.run()
        #expect(!self.channel.isActive)
    }
}
