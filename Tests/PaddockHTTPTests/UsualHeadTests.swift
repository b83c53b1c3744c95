// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

/// The reading in one pass takes what it takes exactly as the scanner and the parser do, and leaves them everything else.
@Suite("Heads that are read in one pass")
struct UsualHeadTests {
    private static let fields = [
        "Host: a\r\n", "Host:a\r\nContent-Length: 5\r\n", "host: a \t\r\nX: \t v\tw \r\n", "A:\r\nB: \r\n",
        "Connection: Close\r\n", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
        "X-Long: \(String(repeating: "v", count: 41))\r\n", "Date: x\u{E9}\r\nX-Request-ID: 1\r\n",
        "Transfer-Encoding: chunked\r\n", "Access-Control-Allow-Origin: *\r\nX-Stainless-Read-Timeout: 3\r\n",
    ]

    @Test("Usual heads mean the same, and a prefix of one means nothing", arguments: fields)
    func usual(fields: String) throws {
        for (text, isRequest) in [
            ("POST /api/chat?x HTTP/1.1\r\n\(fields)\r\n", true), ("HTTP/1.1 200 OK\r\n\(fields)\r\n", false),
            ("HTTP/1.1 404\r\n\(fields)\r\n", false),
        ] {
            func usual(_ text: String) throws -> HeadOutline? {
                try isRequest ? HeadOutline.usualRequest(text) : HeadOutline.usualReply(text)
            }
            let outline = try isRequest ? HeadOutline.request(text) : HeadOutline.reply(text)
            for rest in ["", "x", "12345678 and more"] { #expect(try usual(text + rest) == outline) }
            #expect(outline != nil)
            let bytes = Array(text.utf8)
            for end in bytes.indices { #expect(try usual(String(decoding: bytes[..<end], as: UTF8.self)) == nil) }
        }
    }

    @Test(
        "Unusual heads are left to the scanner",
        arguments: [
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\u{7F}\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\nX\rLength: 1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\n",
            "GET / HTTP/1.1\r\nConnection: x\r\n\r\n", "GET / HTTP/1.1\r\nConnection: close, x\r\n\r\n",
            "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 33) + "\r\n",
            "GET / HTTP/1.1\r\nA: " + String(repeating: "b", count: 70_000) + "\r\n\r\n",
        ]
    )
    func unusual(text: String) throws {
        #expect(try HeadOutline.usualRequest(text) == nil)
    }
}
