// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@Suite("ModelName")
struct ModelNameTests {
    @Test(
        "All spellings of a model are one name",
        arguments: [
            ("llama2", "llama2"),
            ("LLAMA2", "llama2"),
            ("llama2:latest", "llama2"),
            ("llama2:LATEST", "llama2"),
            ("library/llama2", "llama2"),
            ("Library/Llama2:Latest", "llama2"),
            ("registry.ollama.ai/library/llama2", "llama2"),
            ("registry.ollama.ai/library/llama2:latest", "llama2"),
            ("https://registry.ollama.ai/library/llama2", "llama2"),
            ("http://registry.ollama.ai/library/llama2:latest", "llama2"),
            ("HTTPS://Registry.Ollama.AI/library/llama2", "llama2"),
            ("https://library/llama2", "llama2"),
            ("registry.ollama.ai/llama2", "llama2"),
            ("llama2:local", "llama2"),
            ("llama2:latest:local", "llama2"),
            ("  llama2\t\r\n", "llama2"),
            ("\u{A0}llama2\u{2003}", "llama2"),
            (" library/llama2:latest ", "llama2"),
            ("library/ llama2 :latest", "llama2"),
        ]
    )
    func normalises(raw: String, expected: String) throws {
        #expect(try #require(ModelName(raw)).description == expected)
    }

    @Test(
        "Different models of Ollama keep different names",
        arguments: [
            ("llama2:cloud", "llama2:cloud"),
            ("gpt-oss:120b-cloud", "gpt-oss:120b-cloud"),
            ("GPT-OSS:120B-Cloud", "gpt-oss:120b-cloud"),
            ("qwen3:8b", "qwen3:8b"),
            ("qwen3:8b:local", "qwen3:8b"),
            ("qwen3:latest-q4", "qwen3:latest-q4"),
            ("latest", "latest"),
            ("local", "local"),
            ("library", "library"),
            ("mylibrary/llama2", "mylibrary/llama2"),
            ("user/llama2", "user/llama2"),
            ("registry.ollama.ai/user/llama2", "user/llama2"),
            ("hf.co/User/Model-GGUF:Q4_K_M", "hf.co/user/model-gguf:q4_k_m"),
            ("https://hf.co/user/model", "hf.co/user/model"),
            ("library/library/llama2", "library/library/llama2"),
            ("library/user/llama2", "library/user/llama2"),
            ("host:5000/library/llama2", "host:5000/library/llama2"),
            ("my model", "my model"),
            ("Größe", "größe"),
            ("llama2\u{301}:latest", "llama2\u{301}"),
            ("library/\u{301}", "\u{301}"),
        ]
    )
    func keepsApart(raw: String, expected: String) throws {
        #expect(Array(try #require(ModelName(raw)).description.utf8) == Array(expected.utf8))
    }

    @Test(
        "An empty rest is not a name",
        arguments: [
            "", " ", "\t\n\u{3000}", ":latest", ":local", "library/", "https://", "registry.ollama.ai/library/:latest",
        ]
    )
    func rejectsNothing(raw: String) {
        #expect(ModelName(raw) == nil)
    }

    @Test("Normalising a normalised name changes nothing", arguments: 0..<20)
    func isIdempotent(seed: UInt64) {
        let parts = [
            "llama2", "library/", "library", "registry.ollama.ai/", "http://", "https://", "://", ":", ":latest",
            ":local",
            ":cloud", "/", " ", "\u{A0}", "X", "é", "e\u{301}", "İ", "-", "K",
        ]
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let raw = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            guard let name = ModelName(raw) else { continue }
            #expect(ModelName(name.description) == name, "raw: \(raw.debugDescription), seed \(seed)")
            #expect(ModelName(raw.uppercased().lowercased()) == ModelName(raw.lowercased()))
        }
    }

    @Test("Names are ordered as their text is")
    func isOrdered() {
        let names: [ModelName] = ["qwen3:8b", "llama2", "llama2:13b", "gemma"]
        #expect(names.sorted() == ["gemma", "llama2", "llama2:13b", "qwen3:8b"])
    }
}
