// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Reading a reply's head")
struct ReplyHeadTests {
    @Test(
        "The status line is unchanged",
        arguments: [
            ("HTTP/1.1 200 OK", 200, "200 OK", 1), ("HTTP/1.0 404 Not Found", 404, "404 Not Found", 0),
            ("HTTP/1.1 503", 503, "503", 1), ("HTTP/1.1 599 ", 599, "599 ", 1),
            ("HTTP/1.1 999 \u{e4}", 999, "999 \u{e4}", 1),
        ]
    )
    func good(line: String, status: Int, text: String, minor: Int) throws {
        let outline = try #require(try HeadOutline.reply(line + "\r\nA: b\r\n\r\n"))
        #expect(outline.startLine == ["", "", text, "\(status)"])
        #expect(outline.minorVersion == minor)
        #expect(outline.fields == ["A=b"])
    }

    @Test(
        "Other status lines are refused",
        arguments: [
            "HTTP/1.1 20 OK", "HTTP/1.1 2000", "HTTP/1.1 099 x", "HTTP/1.1 2x0 OK", "HTTP/1.1  200 OK", "HTTP/1.1",
            "HTTP/1.1 ", "HTTP/1.1 200\tOK", "HTTP/2 200", "HTTP/1.2 200 OK", "http/1.1 200 OK", "ICY 200 OK",
            " HTTP/1.1 200 OK", "HTTP/1.1 200 O\u{0}K", "HTTP/1.1 200 OK\n", "SSH-2.0-OpenSSH_9.2", "HTTP/1.1 -20 OK",
        ]
    )
    func bad(line: String) {
        #expect(throws: HeadProblem.self) { try HeadOutline.reply(line + "\r\n\r\n") }
    }

    @Test(
        "The end of a reply follows from its status, its fields and the request",
        arguments: [
            ("200", "A: b", false, .untilClose), ("200", "Content-Length: 7", false, .length(7)),
            ("200", "Content-Length: 0", false, .none), ("200", "Transfer-Encoding: Chunked", false, .chunked),
            ("200", "Content-Length: 7\r\nContent-Length: 7", false, .length(7)),
            ("204", "Content-Length: 7", false, .none), ("304", "Content-Length: 7", false, .none),
            ("100", "A: b", false, .none), ("101", "Transfer-Encoding: chunked", false, .none),
            ("200", "Content-Length: 7", true, .none), ("200", "Transfer-Encoding: chunked", true, .none),
            ("500", "Content-Length: 007", false, .length(7)),
        ] as [(String, String, Bool, BodyFraming)]
    )
    func framing(status: String, fields: String, isReplyToHead: Bool, framing: BodyFraming) throws {
        let outline = try HeadOutline.reply("HTTP/1.1 \(status)\r\n\(fields)\r\n\r\n", isReplyToHead: isReplyToHead)
        #expect(outline?.framing == framing)
    }

    @Test(
        "A reply whose end is not certain is refused",
        arguments: [
            "Content-Length: 1\r\nTransfer-Encoding: chunked", "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: 1, 1", "Content-Length: x", "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        ]
    )
    func uncertainEnd(fields: String) {
        #expect(throws: HeadProblem.self) { try HeadOutline.reply("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n") }
        #expect(throws: HeadProblem.self) {
            try HeadOutline.reply("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n", isReplyToHead: true)
        }
    }

    @Test(
        "A connection is kept according to the version and Connection",
        arguments: [
            ("1.1", "A: b", true), ("1.0", "A: b", false), ("1.1", "Connection: close", false),
            ("1.1", "Connection: foo, Close", false), ("1.0", "Connection: Keep-Alive", true),
            ("1.0", "Connection: keep-alive\r\nConnection: close", false), ("1.1", "Connection: closed", true),
            ("1.1", "Connection: ,\t, close ,", false), ("1.1", "Connection:", true),
        ]
    )
    func keeping(version: String, fields: String, keeps: Bool) throws {
        #expect(try HeadOutline.request("GET / HTTP/\(version)\r\n\(fields)\r\n\r\n")?.keepsConnection == keeps)
    }
}
