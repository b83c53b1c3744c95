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
    /// It runs in Ollama's cloud.
    let isRemote: Bool
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

    /// - Parameters:
    ///   - name: With its tag.
    ///   - size: In bytes; `nil` for what the name suggests.
    ///   - modifiedAt: Seconds since 1970.
    init(name: String, size: Int64?, modifiedAt: Int64) {
        let key = ModelCatalogue.key(for: name)
        self.name = name
        self.family = "simulated"
        self.isEmbeddingModel = ["embed", "minilm", "bge-"].contains { key.contains($0) }
        self.isRemote = ModelName(key)?.isRemote ?? false
        let parameters = ParameterCount.parse(key) ?? (self.isEmbeddingModel ? 137e6 : 7e9)
        self.parameterSize = ParameterCount.text(parameters)
        if self.isRemote {
            self.size = Self.remoteSize
        } else {
            let bytesPerParameter = self.isEmbeddingModel ? Self.bytesOfHalf : Self.bytesOfQuarter
            self.size = size ?? Int64((parameters * bytesPerParameter).rounded())
        }
        self.modifiedAt = modifiedAt
        var random = SeededRandom(seed: PromptDigest(name).hash)
        self.digest = (0..<4).map { _ in Self.hexadecimal(random.next()) }.joined()
    }

    /// Of a name that stands for a model elsewhere.
    private static let remoteSize: Int64 = 384
    /// Bytes for a parameter of 16 bits, as `nomic-embed-text` has them.
    private static let bytesOfHalf = 274_302_450 / 137e6
    /// Bytes for a parameter of 4 bits, as `llama2` has them.
    private static let bytesOfQuarter = 3_826_793_677 / 7e9

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
