// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("A request's target")
struct RequestTargetTests {
    private static func target(
        _ text: some Sequence<UInt8>,
        method: String = "GET"
    ) throws(HeadProblem) -> (target: RequestTarget, bytes: [UInt8]) {
        // Bytes before and after show that only the range counts; those after it would complete a host or an escape.
        let bytes = Array("\(method) ".utf8) + text + Array("11/ HTTP/1.1".utf8)
        let start = method.utf8.count
        let range = ByteRange(start: start + 1, end: bytes.count - 12)
        return (try RequestTarget(bytes.span, range, method: ByteRange(start: 0, end: start)), bytes)
    }

    @Test(
        "Authority, path and query are separated",
        arguments: [
            ("/", nil, "/", nil, "/"), ("/api/chat?x=1", nil, "/api/chat", "x=1", "/api/chat?x=1"),
            ("/a?", nil, "/a", "", "/a?"), ("/a?b?c=/d", nil, "/a", "b?c=/d", "/a?b?c=/d"),
            ("http://h:80/a?b", "h:80", "/a", "b", "/a?b"), ("HTTPS://H/", "H", "/", nil, "/"),
            ("hTTp://[::1]:8080//a", "[::1]:8080", "//a", nil, "//a"), ("//h/a", nil, "//h/a", nil, "//h/a"),
            ("/http://h/a", nil, "/http://h/a", nil, "/http://h/a"),
            ("/a?x=%zz&y=%", nil, "/a", "x=%zz&y=%", "/a?x=%zz&y=%"),
            ("/\u{e4};v=1/A", nil, "/\u{e4};v=1/A", nil, "/\u{e4};v=1/A"),
        ] as [(String, String?, String, String?, String)]
    )
    func parts(text: String, authority: String?, path: String, query: String?, forwarded: String) throws {
        let (target, bytes) = try Self.target(text.utf8)
        let parts = [target.authority, target.path, target.query, target.pathAndQuery]
        #expect(parts.map { $0.map { bytes.span.text($0) } } == [authority, path, query, forwarded])
    }

    @Test("An asterisk is for OPTIONS")
    func asterisk() throws {
        let (target, bytes) = try Self.target("*".utf8, method: "OPTIONS")
        #expect(bytes.span.text(target.path) == "*" && bytes.span.text(target.pathAndQuery) == "*")
        for (text, method) in [("*", "GET"), ("*", "POST"), ("*", "options"), ("*a", "OPTIONS"), ("**", "OPTIONS")] {
            #expect(throws: HeadProblem.self) { try Self.target(text.utf8, method: method) }
        }
    }

    @Test(
        "Other forms, hosts that are none, fragments and broken escapes are refused",
        arguments: [
            "http:/api/chat", "http:api/chat", "http:", "http", "x:/api/chat", "x:///api/chat", "ftp://h/api/chat",
            "file:///api/chat", "ws://h/", "httpss://h/", "http+unix://h/a", "://h/a", ":/a", "api/chat", "h:443", "?a",
            "%2Fapi/chat", "\\api\\chat", ".", "./api/chat", ";/api/chat",
            "http://", "http:///a", "http://h", "http://h?a=/", "http://u@h/a", "http://u:p@h/a", "http://h%31/a",
            "http://h\\a/", "http://h,i/a", "http://@/a", "http://h#/a", "https://\u{e4}/a",
            "/a#", "/a#b", "#", "/#?a", "/a?b#c", "http://h/a#b",
            "/%", "/%4", "/a%4?11", "/%zz", "/%4z", "/%%41", "/%u0063hat", "/%-1", "/%+1", "/a%00", "/%00?a",
        ]
    )
    func refused(text: String) {
        #expect(throws: HeadProblem.self, "\(text)") { try Self.target(text.utf8, method: "POST") }
    }

    @Test(
        "Plain is what no server could take for another path",
        arguments: [
            ("/", true), ("/api/chat", true), ("/a.b/c..d/e.", true), ("/a;b", true), ("/a?/%", true),
            ("/a?x=/../b/", true),
            ("/a/", false), ("//", false), ("/a//b", false), ("/a/./b", false), ("/.a", false), ("/../a", false),
            ("/%61", false), ("/a\\b", false), ("/a/?b", false), ("http://h/", true), ("http://h//", false),
        ]
    )
    func plain(text: String, isPlain: Bool) throws {
        #expect(try Self.target(text.utf8).target.isPlain == isPlain)
    }

    @Test(
        "Percent-encoding is undone once",
        arguments: [
            ("/", "/"), ("/api/chat", "/api/chat"), ("/api/%63%68at", "/api/chat"), ("/%2Fa%2f", "//a/"),
            ("/%2561", "/%61"), ("/a+b", "/a+b"), ("/%C3%a4", "/\u{e4}"), ("/%01", "/\u{1}"), ("/%FF", "/\u{fffd}"),
        ]
    )
    func decoding(path: String, text: String) throws {
        let (target, bytes) = try Self.target(path.utf8)
        #expect(DecodedPath(bytes.span, target.path).text == text)
    }

    @Test(
        "Of every short target that is taken, the parts put together are the target",
        arguments: ["", "http://", "http:/"]
    )
    func everyShortTarget(prefix: String) {
        var texts = [[UInt8]()]
        var all = texts
        for _ in 0..<5 {
            texts = texts.flatMap { text in "/?%4h:.#".utf8.map { text + [$0] } }
            all += texts
        }
        for text in all {
            let whole = Array(prefix.utf8) + text
            let expected = String(decoding: whole, as: UTF8.self)
            guard let (target, bytes) = try? Self.target(whole) else { continue }
            var joined = target.authority.map { "http://" + bytes.span.text($0) } ?? ""
            joined += bytes.span.text(target.path) + (target.query.map { "?" + bytes.span.text($0) } ?? "")
            if joined != expected { Issue.record("\(joined) instead of \(expected)") }
            let path = bytes.span.text(target.path)
            let escapes = path.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
            let isRight = path.hasPrefix("/") && !expected.contains("#") && escapes.allSatisfy { $0.hasPrefix("44") }
            if !isRight { Issue.record("\(expected) was taken") }
        }
    }

    @Test("What begins with a slash and has neither a fragment nor a broken escape is taken")
    func everyShortPath() {
        var texts: [[UInt8]] = [[UInt8(ascii: "/")]]
        for _ in 0..<5 {
            texts = texts.flatMap { text in "/?:.@;*".utf8.map { text + [$0] } }
            for text in texts where (try? Self.target(text)) == nil { Issue.record("\(text) was refused") }
        }
    }
}
