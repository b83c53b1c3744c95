// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockProxy
import Testing

@Suite("Which Host a loopback listener answers to")
struct HostRuleTests {
    private static func allows(_ host: String, machineName: String = "Spark-1") -> Bool {
        let bytes = Array(host.utf8)
        return HostRule(machineName: machineName).allows(bytes.span)
    }

    @Test(
        "This machine, however it is called",
        arguments: [
            "", "localhost", "localhost:11434", "LocalHost:1", "localhost.", "localhost.:80", "localhost:", "spark-1",
            "SPARK-1:11434", "a.localhost", "a.b.local:80", "ollama.internal", "A.INTERNAL.", "127.0.0.1",
            "127.0.0.1:11434", "0.0.0.0", "255.255.255.255:1", "192.168.1.20", "[::1]", "[::1]:11434", "[fe80::1]",
            "[::ffff:127.0.0.1]:80", "[2001:DB8::1]:",
        ]
    )
    func allowed(host: String) { #expect(Self.allows(host)) }

    @Test(
        "Names that anybody can point here",
        arguments: [
            "example.com", "example.com:11434", "localhost.example.com", "127.0.0.1.example.com", "1.2.3", "1.2.3.4.5",
            "256.0.0.1", "1.2.3.0004", "1..2.3", "1.2.3.", "1.2.3.4x", ".localhost", ".local", ".internal", "local",
            "internal", "xlocalhost", "local.example", "spark-1.example.com", "spark-12", "localhost:80:80",
            "localhost:x", "user@localhost", "localhost/", "[::1", "[::1]x", "[::1]:8x", "[]", "[:1]", "[localhost]",
            "[::1%25lo]", "[::g]", "127.0.0.1:80.example.com", "0x7f.0.0.1", "2130706433", "localhost ", " localhost",
            "\u{ff4c}ocalhost", "localhost\u{0}", "localhost..",
        ]
    )
    func refused(host: String) { #expect(!Self.allows(host)) }

    @Test("Of all short texts of digits, colons, dots and brackets, only addresses in brackets are allowed")
    func everyShortText() {
        var texts = [[UInt8]()]
        for _ in 0..<6 {
            texts = texts.flatMap { text in "1:.[]a".utf8.map { text + [$0] } }
            for text in texts {
                let host = String(decoding: text, as: UTF8.self)
                let isAllowed = Self.allows(host)
                let isBracketed = host.hasPrefix("[") && host.contains("]") && host.filter { $0 == ":" }.count >= 2
                if isAllowed, !isBracketed { Issue.record("\(host) is allowed") }
            }
        }
    }
}
