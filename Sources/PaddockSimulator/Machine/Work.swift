// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What one request asks of the simulated hardware.
struct Work: Equatable, Sendable {
    /// The three things a request can want from a model.
    enum Kind: Equatable, Sendable {
        /// Load the model and nothing else. Takes no slot.
        case load
        /// Read these inputs, given in tokens (at least one input): prefill without decode. Each takes a slot of its own.
        case embed(inputs: [Int])
        /// Read the prompt, then produce this many tokens (at least 1).
        case generate(answerTokens: Int)
    }

    /// The key of the model (``ModelCatalogue/key(for:)``).
    var model: String
    /// Embedding models run one request at a time, whatever the options say.
    var isEmbeddingModel = false
    /// It runs on somebody else's machine: it takes no slot and no memory, and is never loaded.
    var isRemote = false
    /// Bytes of memory that the model takes.
    var size: Int64 = 0
    /// What the request names. A model that is loaded with other options is loaded again.
    var options = RunnerOptions()
    /// Tokens to prefill, of all inputs together.
    var promptTokens: Int
    var kind: Kind
    /// What the request says about unloading; `nil` leaves what was said before.
    var keepAlive: KeepAlive?

    /// How many slots the request takes, one after the other or at once.
    var units: Int {
        if case .embed(let inputs) = self.kind { return inputs.count }
        return 1
    }

    /// The tokens that a slot reads.
    ///
    /// - Parameter unit: Counted from 0.
    func promptTokens(ofUnit unit: Int) -> Int {
        if case .embed(let inputs) = self.kind { return inputs[unit] }
        return self.promptTokens
    }
}
