// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("A request's target")
struct RequestTargetTests {
    @Test(
        "Authority, path and query are told apart",
        arguments: [
            ("/", nil, "/", nil), ("/api/chat?x=1", nil, "/api/chat", "x=1"), ("/a?", nil, "/a", ""),
            ("/a?b?c=/d", nil, "/a", "b?c=/d"), ("*", nil, "*", nil), ("http://h:80/a?b", "h:80", "/a", "b"),
            ("HTTPS://H/a", "H", "/a", nil), ("http://h", "h", "", nil), ("http://h?b", "h", "", "b"),
            ("http://", "", "", nil), ("http:/a", nil, "http:/a", nil), ("ftp://h/a", nil, "ftp://h/a", nil),
            ("/http://h/a", nil, "/http://h/a", nil), ("h:443", nil, "h:443", nil), ("?a", nil, "", "a"),
        ] as [(String, String?, String, String?)]
    )
    func parts(text: String, authority: String?, path: String, query: String?) {
        // Bytes before and behind show that only the range counts.
        let bytes = Array("GET \(text) HTTP/1.1".utf8)
        let target = RequestTarget(bytes.span, ByteRange(start: 4, end: bytes.count - 9))
        let found = [target.authority, target.path, target.query].map { $0.map { bytes.span.text($0) } }
        #expect(found == [authority, path, query])
    }

    @Test(
        "Percent-encoding is undone once",
        arguments: [
            ("", ""), ("/api/chat", "/api/chat"), ("/api/%63%68at", "/api/chat"), ("%2Fa%2f", "/a/"), ("%2561", "%61"),
            ("/a+b", "/a+b"), ("%C3%a4", "\u{e4}"), ("%00", "\u{0}"), ("%FF", "\u{fffd}"), ("%", nil), ("%4", nil),
            ("a%", nil), ("a%4", nil), ("%zz", nil), ("%4z", nil), ("%%41", nil), ("% 41", nil), ("%-1", nil),
        ] as [(String, String?)]
    )
    func decoding(path: String, text: String?) {
        // The digits behind the range must not complete an escape in it.
        let bytes = Array((path + "11").utf8)
        let decoded = DecodedPath(bytes.span, ByteRange(start: 0, end: path.utf8.count))
        #expect(decoded?.text == text)
    }

    @Test("Of every short target, the parts put together are the target", arguments: ["", "http://", "http:/"])
    func everyShortTarget(prefix: String) {
        var texts = [[UInt8]()]
        var all = texts
        for _ in 0..<5 {
            texts = texts.flatMap { text in "/?%4h:".utf8.map { text + [$0] } }
            all += texts
        }
        for text in all {
            let bytes = Array(prefix.utf8) + text
            let target = RequestTarget(bytes.span, ByteRange(start: 0, end: bytes.count))
            var joined = target.authority.map { "http://" + bytes.span.text($0) } ?? ""
            joined += bytes.span.text(target.path) + (target.query.map { "?" + bytes.span.text($0) } ?? "")
            let expected = String(decoding: bytes, as: UTF8.self)
            if joined != expected { Issue.record("\(joined) instead of \(expected)") }
            let escapes = bytes.span.text(target.path).split(separator: "%", omittingEmptySubsequences: false)
            let isWhole = escapes.dropFirst().allSatisfy { $0.hasPrefix("44") }
            let isDecoded = DecodedPath(bytes.span, target.path) != nil
            if isDecoded != isWhole { Issue.record("\(expected) decoded: \(isDecoded)") }
        }
    }
}
