// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Finding the end of a head")
struct HeadScannerTests {
    @Test(
        "However a request is split, its head is the same",
        arguments: [
            "GET / HTTP/1.0\r\n\r\n",
            "\r\n\r\nGET /api/tags HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /api/chat?x=1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
            "POST / HTTP/1.1\r\nHOST:\ta \t\r\nTransfer-Encoding: CHUNKED\r\nX: \r\n\r\n5\r\n\n\n\n\n\n\r\n0\r\n\r\n",
            "GET /\u{e4} HTTP/1.1\r\nX: \u{e4}\r\nConnection: Close\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ]
    )
    func everySplit(text: String) throws {
        let whole = try #require(try HeadOutline.request(text))
        let count = text.utf8.count
        for first in 0...count {
            for second in first...count {
                let outline = try HeadOutline.request(text, cuts: [first, second])
                #expect(outline == whole, "cut at \(first) and \(second)")
            }
        }
        #expect(try HeadOutline.request(text, cuts: Array(0...count)) == whole)
    }

    @Test(
        "However a reply is split, its head is the same",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.0 404\r\n\r\n",
            "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nX: a b\r\n\r\n0\r\n\r\n",
        ]
    )
    func everySplitOfAReply(text: String) throws {
        let whole = try #require(try HeadOutline.reply(text))
        for cut in 0...text.utf8.count { #expect(try HeadOutline.reply(text, cuts: [cut]) == whole, "cut at \(cut)") }
    }

    @Test("The body after a head is not part of it, whatever its size")
    func bodyBehind() throws {
        let head = "POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n"
        let outline = try #require(try HeadOutline.request(head + String(repeating: "x", count: 70_000)))
        #expect(outline.length == head.utf8.count)
        #expect(outline.framing == .length(70_000))
    }

    @Test("A head of 64 KiB is read and one byte more is too large, in one piece and in many")
    func tooLarge() throws {
        func request(_ length: Int) -> String {
            let start = "GET / HTTP/1.1\r\nX: "
            return start + String(repeating: "x", count: length - start.utf8.count - 4) + "\r\n\r\n"
        }
        let most = HeadScanner.maxHeadBytes
        let many = Array(stride(from: 0, to: most, by: 1000))
        #expect(try HeadOutline.request(request(most))?.length == most)
        #expect(try HeadOutline.request(request(most), cuts: many)?.length == most)
        #expect(throws: HeadProblem.tooLarge) { try HeadOutline.request(request(most + 1)) }
        #expect(throws: HeadProblem.tooLarge) { try HeadOutline.request(request(most + 1), cuts: many + [most]) }
        // A head that is already too long is refused without waiting for its end.
        let endless = String(repeating: "x", count: most + 1)
        #expect(throws: HeadProblem.tooLarge) { try HeadOutline.request(endless) }
    }

    @Test("1000 fields are read and one more is too large")
    func tooManyFields() throws {
        func request(_ count: Int) -> String {
            "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: count) + "\r\n"
        }
        #expect(try HeadOutline.request(request(MessageHead.maxFields))?.fields.count == MessageHead.maxFields)
        #expect(throws: HeadProblem.tooLarge) { try HeadOutline.request(request(MessageHead.maxFields + 1)) }
    }

    @Test("A few empty lines are allowed before a request, and no more")
    func emptyLines() throws {
        let request = "GET / HTTP/1.1\r\n\r\n"
        for lines in 0...4 {
            let text = String(repeating: "\r\n", count: lines) + request
            #expect(try HeadOutline.request(text)?.length == text.utf8.count)
        }
        let text = String(repeating: "\r\n", count: 5) + request
        let problem = HeadProblem.malformed("empty lines instead of a request line")
        for cut in 0...text.utf8.count {
            #expect(throws: problem, "cut at \(cut)") { try HeadOutline.request(text, cuts: [cut]) }
        }
    }
}
