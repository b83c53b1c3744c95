// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// A call of one of the tools that a request offers: what the answer is instead of text.
struct ToolCall: Equatable, Sendable {
    /// As Ollama's: `call_` and eight small letters or digits.
    let id: String
    let name: String
    /// A JSON object that fits the tool's schema.
    let arguments: String

    /// - Parameters:
    ///   - tool: What is called.
    ///   - number: Unlike that of any other call, so that a conversation can tell its calls apart.
    init(of tool: OfferedTool, number: UInt64) {
        var random = SeededRandom(seed: number)
        self.id = "call_" + String((0..<8).map { _ in Self.alphabet[random.number(below: Self.alphabet.count)] })
        self.name = tool.name
        self.arguments = tool.parameters.map { SchemaSample(schema: $0).objectText } ?? "{}"
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
}
