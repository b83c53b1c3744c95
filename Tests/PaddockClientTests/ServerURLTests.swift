// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockClient

@Suite("Addresses of servers")
struct ServerURLTests {
    @Test(
        "Plain http addresses",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080), ("http://host/", "host", 80), ("HTTP://a.b:1", "a.b", 1),
            ("http://[::1]:65535", "::1", 65535), ("http://[::1]", "::1", 80),
        ]
    )
    func good(text: String, host: String, port: Int) throws {
        #expect(try ServerURL(text) == ServerURL(host: host, port: port))
    }

    @Test(
        "Anything else is an error that says what would be right",
        arguments: [
            ("https://host", "TLS"), ("host:8080", "not an address"), ("", "not an address"), ("http://", "host"),
            ("http://host/api", "more than"), ("http://u:p@host", "more than"), ("http://host:0", "port"),
            ("http://host:65536", "port"), ("http://host:", "port"), ("http://host:+1", "port"),
            ("http://[::1", "host"),
            ("http://[host]", "host"), ("http://::1", "host"), ("http://a b", "host"), ("http://a\u{1B}b", "host"),
        ]
    )
    func bad(text: String, word: String) {
        let problem = #expect(throws: ServerURL.Problem.self) { try ServerURL(text) }
        #expect(problem?.text.contains(word) == true)
        #expect(problem?.text.contains("\u{1B}") == false)
    }

    @Test("Names in paths and queries are encoded")
    func encoding() {
        #expect("llama2:7b/ä&b=c+d".percentEncoded == "llama2%3A7b%2F%C3%A4%26b%3Dc%2Bd")
        #expect("A-z0.9_~".percentEncoded == "A-z0.9_~")
    }
}
