// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("A backend's replies")
struct BackendConnectionTests {
    /// Records the calls about its reply.
    private final class Exchange: BackendUser {
        var wantsPlainData = false
        var heard: [String] = []

        func backendConnected(_ backend: BackendConnection) {}
        func connectFailed(_ failure: ErrorCause) {}
        func backendTookNothing(_ unsent: [ByteBuffer], isNew: Bool) {
            self.heard.append("took nothing of \(unsent.map { String(buffer: $0) })\(isNew ? ", new" : "")")
        }
        func interimReply(_ head: borrowing MessageHead, _ bytes: ByteBuffer) {
            self.heard.append("interim \(head.status)")
        }
        func replyHead(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {
            self.heard.append("head \(head.status)")
        }
        func replyBytes(_ bytes: ByteBuffer) { self.heard.append(String(buffer: bytes)) }
        func replyBurstEnded() {}
        func replyEnded(isReusable: Bool) { self.heard.append(isReusable ? "ended, reusable" : "ended") }
        func backendLost(_ failure: ErrorCause) { self.heard.append("lost: \(failure)") }
        func backendWritabilityChanged() {}
    }

    private let loop: SocketLoop
    private let peer: Peer
    private let exchange = Exchange()
    private let connection: Connection
    private let backend: BackendConnection

    init() throws {
        self.loop = try SocketLoop.manual()
        let near: Int32
        (near, self.peer) = Peer.pair()
        self.connection = try Connection(ConnectedSocket(near), on: self.loop)
        self.backend = BackendConnection(self.connection, backend: BackendIndex(0))
        self.backend.begin(self.exchange, isReplyToHead: false)
    }

    private func send(_ text: String) { #expect(self.peer.send(text) == text.utf8.count) }

    private func turn() { self.loop.turn(mayWait: false) }

    /// Runs until the backend's last action is known.
    private func turnUntilClosed() {
        for _ in 0..<3 where self.connection.isOpen { self.turn() }
    }

    @Test("A reply is handed on, and the connection can be used again")
    func whole() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        self.turn()
        #expect(self.exchange.heard == ["head 200", "hi", "ended, reusable"])
        #expect(self.backend.isUsable)
    }

    @Test("A connection that is closed before the request is sent has taken nothing, whether it is new or was kept")
    func closedBefore() {
        self.backend.write(ByteBuffer(string: "one"))
        self.backend.flush()
        self.loop.later { self.peer.close() }
        self.turn()
        #expect(self.exchange.heard == [#"took nothing of ["one"], new"#])
        #expect(!self.connection.isOpen)
    }

    @Test("What a backend sends on a new connection before it has the request is its reply")
    func early() {
        self.backend.write(ByteBuffer(string: "one"))
        self.backend.flush()
        self.loop.later { self.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") }
        for _ in 0..<2 { self.turn() }
        #expect(self.exchange.heard.first == "head 503")
    }

    @Test("A request that was sent is lost with its connection")
    func closedBehind() {
        self.backend.write(ByteBuffer(string: "one"))
        self.backend.flush()
        self.turn()
        self.peer.close()
        self.turnUntilClosed()
        #expect(self.exchange.heard == ["lost: \(ErrorCause.backendBrokeOff)"])
    }

    @Test("Data that is wanted without its chunks is handed on at once, however many there were")
    func plainData() {
        self.exchange.wantsPlainData = true
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n4\r\ng")
        self.turn()
        self.send("hij\r\n")
        self.turn()
        self.send("0\r\n\r\n")
        self.turn()
        #expect(self.exchange.heard == ["head 200", "abcdefg", "hij", "ended, reusable"])
    }

    @Test("Data in several pieces is relayed in order")
    func pieces() {
        for piece in ["HTTP/1.1 200 OK\r\nConte", "nt-Length: 4\r\n\r\nab", "c", "d"] {
            self.send(piece)
            self.turn()
        }
        #expect(self.exchange.heard == ["head 200", "ab", "c", "d", "ended, reusable"])
    }

    /// The next request would have been written into the close, and lost.
    @Test("A connection closed after its reply is not reused, even if both arrived at once")
    func closesBehind() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        self.peer.close()
        self.turnUntilClosed()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        #expect(!self.backend.isUsable)
    }

    @Test("A reply that ends with the connection is whole, and one that is cut off is lost")
    func ends() throws {
        self.send("HTTP/1.1 200 OK\r\n\r\nhi")
        self.peer.close()
        self.turnUntilClosed()
        #expect(self.exchange.heard == ["head 200", "hi", "ended"])
        let other = try BackendConnectionTests()
        other.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi")
        other.peer.close()
        other.turnUntilClosed()
        #expect(other.exchange.heard == ["head 200", "hi", "lost: \(ErrorCause.backendBrokeOff)"])
    }

    private static let oddChunks =
        "3 \r\nabc\r\n  4\t\r\ndefg\r\n1;x=\"y\"\r\nh\r\n02 ;z\r\nij\r\n0 \r\nTrailer: 1\r\n\r\n"

    /// The data of a body in chunks, read as strictly as a request's, and whether nothing follows it.
    private func strictly(_ text: String) throws -> String {
        let bytes = Array(text.utf8)
        var decoder = ChunkedDecoder()
        var index = 0
        var data: [UInt8] = []
        while true {
            switch try decoder.next(bytes.span, from: &index) {
            case .data(let range): data += bytes[range]
            case .needsMore: return String(decoding: data, as: UTF8.self) + " and more"
            case .end(let end): return String(decoding: data, as: UTF8.self) + (end == bytes.count ? "" : " and others")
            }
        }
    }

    @Test("Blanks around sizes of chunks are read and never handed on, wherever the reply is cut", arguments: 0...90)
    func blanks(_ cut: Int) throws {
        // Whole chunks first, so that some have been relayed unchanged.
        for before in ["", "2\r\nxy\r\n", "2\r\nxy\r\n5\r\nz1234\r\n"] {
            let one = try BackendConnectionTests()
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            let reply = Array((head + before + Self.oddChunks).utf8)
            for piece in [reply.prefix(cut), reply.dropFirst(cut)] where !piece.isEmpty {
                one.send(String(decoding: piece, as: UTF8.self))
                one.turn()
            }
            try one.expectClean(before)
            let bytewise = try BackendConnectionTests()
            for byte in reply where cut == 0 {
                bytewise.send(String(UnicodeScalar(byte)))
                bytewise.turn()
            }
            if cut == 0 { try bytewise.expectClean(before) }
        }
    }

    private func expectClean(_ before: String) throws {
        let heard = self.exchange.heard
        #expect(heard.first == "head 200" && heard.last == "ended, reusable")
        let body = heard.dropFirst().dropLast().joined()
        let data = before.isEmpty ? "" : before.contains("z1") ? "xyz1234" : "xy"
        #expect(try self.strictly(body) == data + "abcdefghij")
        #expect(self.backend.reply.dataBytes == data.utf8.count + 10)
        #expect(self.backend.reply.chunks == (data.isEmpty ? 4 : data.utf8.count > 2 ? 6 : 5))
    }

    @Test(
        "Anything but a size stays refused",
        arguments: [
            "3\nabc\r\n", " \r\nabc\r\n", "3 3\r\nabc\r\n", "3 x\r\nabc\r\n", "3\u{b}\r\nabc\r\n", "0x3\r\nabc\r\n",
            "-3 \r\n", "3 \nabc\r\n",
        ]
    )
    func noSize(_ chunk: String) {
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)")
        self.turn()
        #expect(self.exchange.heard.count == 2)
        #expect(self.exchange.heard.last?.hasPrefix("lost: backendNotHTTP") == true)
    }

    @Test("Blanks without end are too many")
    func endlessBlanks() {
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3" + String(repeating: " ", count: 5_000))
        for _ in 0..<3 { self.turn() }
        #expect(self.exchange.heard.last?.hasPrefix("lost: backendNotHTTP") == true)
    }

    @Test("A kept connection with unexpected bytes carries no request")
    func unasked() {
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.turn()
        #expect(self.backend.isUsable)
        self.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        self.turn()
        #expect(!self.backend.isUsable)
        #expect(!self.connection.isOpen)
    }
}
