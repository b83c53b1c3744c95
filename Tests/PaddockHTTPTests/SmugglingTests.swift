// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Requests that two parties could read in two ways")
struct SmugglingTests {
    private static let lineEnd: HeadProblem = .malformed(
        "a line does not end with carriage return and line feed, or has a control character"
    )
    private static let folded: HeadProblem = .malformed("a header field is folded over several lines")
    private static let field: HeadProblem = .malformed("a header field is not a name directly followed by a colon")
    private static let method: HeadProblem = .malformed("the request line does not begin with a method and one space")
    private static let target: HeadProblem = .malformed("the request line has no target followed by one space")
    private static let version: HeadProblem = .malformed("the version is neither HTTP/1.1 nor HTTP/1.0")

    @Test(
        "A request line has a method, a target and a version with one space between",
        arguments: [
            (" GET / HTTP/1.1\r\n", method), ("\tGET / HTTP/1.1\r\n", method), ("GET\t/ HTTP/1.1\r\n", method),
            ("G\u{0}T / HTTP/1.1\r\n", method), ("G(T / HTTP/1.1\r\n", method), ("GET\r\n", method),
            ("\nGET / HTTP/1.1\r\n", method), ("\rGET / HTTP/1.1\r\n", method), ("G\u{e4}T / HTTP/1.1\r\n", method),
            ("GET  / HTTP/1.1\r\n", target), ("GET /\u{0} HTTP/1.1\r\n", target), ("GET /\r\n", target),
            ("GET /\tHTTP/1.1\r\n", target), ("GET /\u{7f} HTTP/1.1\r\n", target), ("GET  HTTP/1.1\r\n", target),
            ("GET /  HTTP/1.1\r\n", version), ("GET / HTTP/1.2\r\n", version), ("GET / HTTP/2.0\r\n", version),
            ("GET / HTTP/0.9\r\n", version), ("GET / http/1.1\r\n", version), ("GET / HTTP/1\r\n", version),
            ("GET / HTTP/1.\r\n", version), ("GET / HTTP/\r\n", version), ("GET / \r\n", version),
            ("GET / a HTTP/1.1\r\n", version), ("GET / HTTP/1.1 \r\n", lineEnd), ("GET / HTTP/1.10\r\n", lineEnd),
            ("GET / HTTP/1.1\n", lineEnd), ("GET / HTTP/1.1\r", lineEnd), ("GET / HTTP/1.1\u{0}\r\n", lineEnd),
        ]
    )
    func requestLine(line: String, problem: HeadProblem) {
        #expect(throws: problem) { try HeadOutline.request(line + "Host: a\r\n\r\n") }
    }

    @Test(
        "A field is a name, a colon and a value on one line",
        arguments: [
            ("A: b\r\n c\r\n", folded), ("A: b\r\n\tc\r\n", folded), (" A: b\r\n", folded), (" \r\n", folded),
            ("A : b\r\n", field), ("A\t: b\r\n", field), (": b\r\n", field), ("A\r\n", field), ("A b: c\r\n", field),
            ("A\u{0}: b\r\n", field), ("\u{e4}: b\r\n", field), ("A(: b\r\n", field), ("\rA: b\r\n", field),
            ("Content-Length : 1\r\n", field), ("Transfer-Encoding\u{b}: chunked\r\n", field),
            ("A: b\n", lineEnd), ("A: b\r\r\n", lineEnd), ("A: b\nB: c\r\n", lineEnd), ("A: b\rB: c\r\n", lineEnd),
            ("A: b\u{0}c\r\n", lineEnd), ("A: \u{1}\r\n", lineEnd), ("A: b\u{7f}\r\n", lineEnd),
            ("A:\u{b}\r\n", lineEnd),
        ]
    )
    func fields(lines: String, problem: HeadProblem) {
        #expect(throws: problem) { try HeadOutline.request("GET / HTTP/1.1\r\n\(lines)Host: a\r\n\r\n") }
        #expect(throws: problem) { try HeadOutline.request("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n") }
        #expect(throws: problem) { try HeadOutline.reply("HTTP/1.1 200 OK\r\nHost: a\r\n\(lines)\r\n") }
    }

    @Test(
        "The end of a head is CR LF twice",
        arguments: ["GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\n", "GET / HTTP/1.1\n\n"]
    )
    func end(text: String) { #expect(throws: Self.lineEnd) { try HeadOutline.request(text) } }

    @Test(
        "The end of a request is stated once, and in one way for all readers",
        arguments: [
            (
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "there are both a Content-Length and a Transfer-Encoding"
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 1",
                "there are both a Content-Length and a Transfer-Encoding"
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 0",
                "there are both a Content-Length and a Transfer-Encoding"
            ),
            ("Content-Length: 1\r\nContent-Length: 2", "there is more than one Content-Length"),
            ("Content-Length: 1\r\ncontent-length: 1", "there is more than one Content-Length"),
            ("Content-Length: 1, 1", "the Content-Length is not a whole number"),
            ("Content-Length: +1", "the Content-Length is not a whole number"),
            ("Content-Length: -1", "the Content-Length is not a whole number"),
            ("Content-Length: 1 1", "the Content-Length is not a whole number"),
            ("Content-Length: 0x1", "the Content-Length is not a whole number"),
            ("Content-Length: 1.0", "the Content-Length is not a whole number"),
            ("Content-Length:", "the Content-Length is not a whole number"),
            ("Content-Length: \u{661}", "the Content-Length is not a whole number"),
            ("Content-Length: 9223372036854775808", "the Content-Length is not a whole number"),
            ("Content-Length: 18446744073709551617", "the Content-Length is not a whole number"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "there is more than one Transfer-Encoding"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "there is more than one Transfer-Encoding"),
            ("Transfer-Encoding: gzip, chunked", "the only Transfer-Encoding understood is chunked"),
            ("Transfer-Encoding: chunked, identity", "the only Transfer-Encoding understood is chunked"),
            ("Transfer-Encoding: xchunked", "the only Transfer-Encoding understood is chunked"),
            ("Transfer-Encoding: \"chunked\"", "the only Transfer-Encoding understood is chunked"),
            ("Transfer-Encoding: chunked;q=1", "the only Transfer-Encoding understood is chunked"),
            ("Transfer-Encoding:", "the only Transfer-Encoding understood is chunked"),
        ] as [(String, HeadProblem.StaticText)]
    )
    func framing(fields: String, text: HeadProblem.StaticText) {
        #expect(throws: HeadProblem.malformed(text)) {
            try HeadOutline.request("POST / HTTP/1.1\r\n\(fields)\r\n\r\n")
        }
    }

    @Test("HTTP/1.0 has no chunks")
    func oldChunks() {
        #expect(throws: HeadProblem.malformed("HTTP/1.0 has no Transfer-Encoding")) {
            try HeadOutline.request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
        }
    }

    @Test(
        "Every control character but the tab is refused in a field's value, and every byte above is taken",
        arguments: 0...UInt8.max
    )
    func valueBytes(byte: UInt8) throws {
        let bytes = Array("GET / HTTP/1.1\r\nA: x".utf8) + [byte] + Array("y\r\n\r\n".utf8)
        var scanner = HeadScanner()
        let length = try #require(try scanner.scan(bytes.span))
        var head = MessageHead()
        let isRead = (try? head.readRequest(bytes.span, length: length)) != nil
        #expect(isRead == (byte == 0x09 || byte >= 0x20 && byte != 0x7F))
    }
}
