// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What one request asks of the simulated hardware.
struct Work: Equatable, Sendable {
    /// The three things a request can want from a model.
    enum Kind: Equatable, Sendable {
        /// Load the model and nothing else. Takes no slot.
        case load
        /// Read the input: prefill without decode.
        case embed
        /// Read the prompt, then produce this many tokens (at least 1).
        case generate(answerTokens: Int)
    }

    /// The key of the model (``ModelCatalogue/key(for:)``).
    var model: String
    /// Embedding models run one request at a time, whatever the options say.
    var isEmbeddingModel = false
    /// `num_ctx` where the request names one. A loaded model with another context length is loaded again.
    var contextLength: Int?
    /// Tokens to prefill.
    var promptTokens: Int
    var kind: Kind
    /// What the request says about unloading; `nil` leaves what was said before.
    var keepAlive: KeepAlive?
}
