// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// A model that the simulator says is installed.
struct SimulatedModel: Equatable, Sendable {
    /// As `/api/tags` shows it, with its tag: `llama2:latest`.
    let name: String
    let family: String
    /// As Ollama writes it: `7B`, `137M`.
    let parameterSize: String
    /// Bytes on disk, and in memory once loaded.
    let size: Int64
    let isEmbeddingModel: Bool
    /// 64 hexadecimal digits, made from the name.
    let digest: String
    /// Seconds since 1970.
    let modifiedAt: Int64

    /// Length of the vectors that `/api/embed` answers.
    var embeddingLength: Int { self.isEmbeddingModel ? 768 : 4096 }

    /// What `/api/show` says the model can do.
    var capabilities: [String] {
        self.isEmbeddingModel ? ["embedding"] : ["completion", "tools", "thinking"]
    }

    init(name: String, parameterSize: String, size: Int64, isEmbeddingModel: Bool, modifiedAt: Int64) {
        self.name = name
        self.family = "simulated"
        self.parameterSize = parameterSize
        self.size = size
        self.isEmbeddingModel = isEmbeddingModel
        self.modifiedAt = modifiedAt
        var random = SeededRandom(seed: PromptDigest(name).hash)
        self.digest = (0..<4).map { _ in Self.hexadecimal(random.next()) }.joined()
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
