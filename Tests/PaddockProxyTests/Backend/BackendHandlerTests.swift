// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import NIOCore
import PaddockHTTP
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

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

    private let loop: SocketLoop
    private let peer: Int32
    private let exchange = Exchange()
    private let backend: BackendHandler

    init() throws {
        self.loop = try SocketLoop.manual()
        var descriptors: [Int32] = [0, 0]
        #expect(paddock_socket_pair(&descriptors) == 0)
        self.peer = descriptors[1]
        self.backend = BackendHandler(try Connection(descriptors[0], on: self.loop), backend: 0)
        self.backend.begin(self.exchange, isReplyToHead: false)
    }

    private func send(_ text: String) { #expect(paddock_send(self.peer, text, text.utf8.count) == text.utf8.count) }

    private func turn() { self.loop.turn(mayWait: false) }

    /// Until what the backend did last is heard of.
    private func turnUntilClosed() {
        for _ in 0..<3 where self.backend.connection.isOpen { self.turn() }
    }

    @Test("A reply is handed on, and the connection can be used again")
    func whole() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        self.turn()
        #expect(self.exchange.heard == ["head 200", "hi", "ended, reusable"])
        #expect(self.backend.isUsable)
    }

    @Test("What comes in several pieces is handed on in order")
    func pieces() {
        for piece in ["HTTP/1.1 200 OK\r\nConte", "nt-Length: 4\r\n\r\nab", "c", "d"] {
            self.send(piece)
            self.turn()
        }
        #expect(self.exchange.heard == ["head 200", "ab", "c", "d", "ended, reusable"])
    }

    /// The next request would have been written into the close, and lost.
    @Test("A backend that closes behind its reply is not used again, even where both came at once")
    func closesBehind() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        _ = paddock_close(self.peer)
        self.turnUntilClosed()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        #expect(!self.backend.isUsable)
    }

    @Test("A reply that ends with the connection is whole, and one that is cut off is lost")
    func ends() throws {
        self.send("HTTP/1.1 200 OK\r\n\r\nhi")
        _ = paddock_close(self.peer)
        self.turnUntilClosed()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        let other = try BackendHandlerTests()
        other.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi")
        _ = paddock_close(other.peer)
        other.turnUntilClosed()
        #expect(other.exchange.heard == ["head 200", "hi", "lost: \(ExchangeFailure.backendBrokeOff)"])
    }

    @Test("A kept connection that has been spoken on unasked carries no request")
    func unasked() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.turn()
        #expect(self.backend.isUsable)
        self.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        self.turn()
        #expect(!self.backend.isUsable)
        #expect(!self.backend.connection.isOpen)
    }
}
