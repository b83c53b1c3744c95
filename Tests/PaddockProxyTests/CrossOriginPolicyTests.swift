// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("Pages of other origins")
struct CrossOriginPolicyTests {
    private static func standing(_ origin: String, host: String = "gw:8080", _ origins: [String] = [])
        -> CrossOriginStanding
    {
        let origin = Array(origin.utf8)
        let host = Array(host.utf8)
        return CrossOriginPolicy(origins).standing(of: origin.span, host: host.span)
    }

    @Test(
        "By default those are allowed that Ollama allows",
        arguments: [
            "http://localhost", "https://localhost", "http://localhost:3000", "https://localhost:1", "http://127.0.0.1",
            "https://127.0.0.1:8443", "http://0.0.0.0:5173", "app://obsidian.md", "file://", "file:///x",
            "tauri://localhost",
            "vscode-webview://1a2b", "vscode-file://vscode-app",
        ]
    )
    func allowed(origin: String) {
        #expect(Self.standing(origin) == .allowed)
        #expect(Self.standing(origin, ["*"]) == .allowedToAll)
    }

    @Test(
        "All others are refused",
        arguments: [
            "null", "http://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
            "HTTP://LOCALHOST",
            "http://localhos", "ftp://localhost", "chrome-extension://abc", "moz-extension://abc",
            "http://10.0.0.5:3000",
            "http://[::1]", "x", "http://", "app:/x",
        ]
    )
    func refused(origin: String) {
        #expect(Self.standing(origin) == .refused)
        #expect(Self.standing(origin, ["*"]) == .allowedToAll)
    }

    @Test("The request's host is not another origin", arguments: ["gw", "gw:8080", "[::1]:8080"])
    func same(host: String) {
        #expect(Self.standing("http://\(host)", host: host) == .none)
        #expect(Self.standing("https://\(host)", host: host, ["*"]) == .none)
        #expect(Self.standing("http://\(host)x", host: host) == .refused)
        #expect(Self.standing("http://x\(host)", host: host) == .refused)
    }

    @Test("Without Origin there is no page")
    func absent() { #expect(Self.standing("", host: "", ["*"]) == .none) }

    @Test(
        "Origins can be added, with an asterisk anywhere",
        arguments: [
            ("https://Chat.example", "https://chat.example", true),
            ("https://chat.example", "https://chat.example:443", false),
            ("http://10.0.0.5:*", "http://10.0.0.5:3000", true), ("http://10.0.0.5:*", "http://10.0.0.55:3000", false),
            ("https://*.example", "https://a.b.example", true), ("https://*.example", "https://example", false),
            ("https://a*a.example", "https://a.example", false), ("https://a*a.example", "https://aa.example", true),
            ("*.example", "http://a.example", true), ("chrome-extension://*", "chrome-extension://abc", true),
        ]
    )
    func added(pattern: String, origin: String, isAllowed: Bool) {
        #expect(Self.standing(origin, [pattern]) == (isAllowed ? .allowed : .refused))
        #expect(Self.standing("http://localhost:1", [pattern]) == .allowed)
    }
}
