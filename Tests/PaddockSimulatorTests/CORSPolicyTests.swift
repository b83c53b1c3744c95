// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

@Suite("Which web pages may use the simulator")
struct CORSPolicyTests {
    @Test(
        "An origin of this machine may",
        arguments: [
            "http://localhost", "https://localhost:8443", "http://127.0.0.1:3000", "http://0.0.0.0:1",
            "tauri://localhost",
        ]
    )
    func ours(origin: String) {
        #expect(CORSPolicy(origins: []).verdict(origin: origin, host: "x") == .allowed(origin))
    }

    @Test(
        "Another may not",
        arguments: [
            "http://localhost.example", "http://localhost@evil.example", "http://192.0.2.1", "null",
            "chrome-extension://x", "https://*",
        ]
    )
    func foreign(origin: String) {
        #expect(CORSPolicy(origins: []).verdict(origin: origin, host: "x") == .forbidden)
    }

    @Test("No origin, and the server's own, are allowed")
    func own() {
        let policy = CORSPolicy(origins: [])
        #expect(policy.verdict(origin: nil, host: "a") == .none)
        #expect(policy.verdict(origin: "", host: "a") == .none)
        #expect(policy.verdict(origin: "https://sim.example:1", host: "sim.example:1") == .none)
        #expect(policy.verdict(origin: "https://sim.example:1", host: "sim.example") == .forbidden)
    }

    @Test("Further origins may have one asterisk anywhere")
    func further() {
        let policy = CORSPolicy(origins: ["https://Chat.example", "https://*.club.example", "*://any.example"])
        for origin in ["https://chat.example", "https://a.club.example", "ftp://any.example"] {
            #expect(policy.verdict(origin: origin, host: nil) == .allowed(origin))
        }
        #expect(policy.verdict(origin: "https://club.example", host: nil) == .forbidden)
        #expect(CORSPolicy(origins: ["*"]).verdict(origin: "http://evil.example", host: nil) == .allowed("*"))
    }
}
