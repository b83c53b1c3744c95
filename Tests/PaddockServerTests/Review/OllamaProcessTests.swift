// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockServer

@Suite("An Ollama of this machine")
struct OllamaProcessTests {
    private static func process(_ variables: String..., command: String = "/usr/bin/ollama serve") -> OllamaProcess? {
        OllamaProcess(
            commandLine: command.replacing(" ", with: "\0") + "\0",
            environment: variables.map { $0 + "\0" }.joined()
        )
    }

    @Test(
        "Where it listens",
        arguments: [
            ("", 11434), ("0.0.0.0", 11434), ("127.0.0.1:11500", 11500), (":11501", 11501), ("[::1]:11502", 11502),
            ("::", 11434), ("[::]", 11434), ("http://0.0.0.0", 80), ("https://ollama.lan/", 443),
            ("http://localhost:8000/api", 8000), ("\"0.0.0.0:7\"", 7),
        ]
    )
    func port(host: String, port: Int) {
        #expect(Self.process("HOME=/root", "OLLAMA_HOST=\(host)")?.port == port)
    }

    @Test(
        "How many requests it runs at once",
        arguments: [("4", 4), ("'2'", 2), ("0", nil), ("", nil), ("many", nil), ("-1", nil)] as [(String, Int?)]
    )
    func parallel(text: String, parallel: Int?) {
        let process = Self.process("OLLAMA_NUM_PARALLEL=\(text)")
        #expect(process != nil)
        #expect(process?.parallel == parallel)
    }

    @Test(
        "Other programs are none",
        arguments: [
            "ollama run llama2", "ollama", "", "vim ollama serve", "/opt/my-ollama serve",
            "/usr/lib/ollama/runner serve",
        ]
    )
    func others(command: String) {
        #expect(Self.process(command: command) == nil)
    }

    @Test("A port that is none is no place to listen")
    func badPort() {
        #expect(Self.process("OLLAMA_HOST=127.0.0.1:99999") == nil)
    }
}
