// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Reading a request's head")
struct MessageHeadTests {
    private static let good = "POST /api/chat?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length:  2 \r\nX-Y: \r\n\r\n"

    private static func read(_ text: String, into head: inout MessageHead) throws -> BodyFraming {
        let bytes = Array(text.utf8)
        var scanner = HeadScanner()
        let length = try #require(try scanner.scan(bytes.span))
        try head.readRequest(bytes.span, length: length)
        return try head.requestFraming(bytes.span)
    }

    @Test("Names, values and framing are found where they are")
    func good() throws {
        var head = MessageHead()
        #expect(try Self.read(Self.good + "{}", into: &head) == .length(2))
        let bytes = Array(Self.good.utf8)
        let texts = [bytes.span.text(head.method), bytes.span.text(head.target)]
        #expect(texts == ["POST", "/api/chat?x=1"])
        let fields = head.fields
        #expect(fields.map { bytes.span.text($0.value) } == ["a", "2", ""])
        #expect(fields.map(\.kind) == [.host, .contentLength, .other])
    }

    @Test("A head that trickles in is found at the same place")
    func trickle() throws {
        let bytes = Array(Self.good.utf8)
        var scanner = HeadScanner()
        for count in 0..<bytes.count {
            let received = Array(bytes[..<count])
            let length = try scanner.scan(received.span)
            #expect(length == nil)
        }
        let length = try scanner.scan(bytes.span)
        #expect(length == bytes.count)
    }

    @Test(
        "What two parties could read in two ways is refused",
        arguments: [
            "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\u{0}\r\n\r\n", "GET / HTTP/1.1\r\n: b\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.2\r\n\r\n", "GET / http/1.1\r\n\r\n", "GET /\r\n\r\n", "\n\n", "GET / HTTP/1.1 \r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]
    )
    func refused(text: String) {
        #expect(throws: HeadProblem.self) {
            var head = MessageHead()
            _ = try Self.read(text, into: &head)
        }
    }

    @Test("Random bytes are read or refused, and never trap")
    func randomBytes() {
        var seed: UInt64 = 42
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let alphabet = Array("GET /:HTTP/1.01\r\n\r\n \t,a\u{0}".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<random(60)).map { _ in alphabet[random(alphabet.count)] } + Array("\r\n\r\n".utf8)
            var scanner = HeadScanner()
            guard let length = try? scanner.scan(bytes.span) else { continue }
            var head = MessageHead()
            if (try? head.readRequest(bytes.span, length: length)) != nil { _ = try? head.requestFraming(bytes.span) }
            _ = try? head.readReply(bytes.span, length: length)
        }
    }
}
