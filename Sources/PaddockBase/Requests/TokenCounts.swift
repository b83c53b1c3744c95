// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The tokens of a request.
package struct TokenCounts: Hashable, Sendable {
    /// Tokens of the prompt that the backend read; 0 if it does not say. Never negative.
    package var prompt: Int32
    /// Tokens of the answer. Never negative.
    package var answer: Int32
    /// Whether the answer's are the number of pieces of the stream, as the backend does not say how many tokens there were.
    package var isEstimate: Bool

    /// Those of the prompt and the answer together.
    package var total: Int { Int(self.prompt) + Int(self.answer) }

    /// - Parameters:
    ///   - prompt: tokens of the prompt.
    ///   - answer: tokens of the answer.
    ///   - isEstimate: whether the answer's are a number of pieces. Defaults to false.
    package init(prompt: Int32, answer: Int32, isEstimate: Bool = false) {
        self.prompt = prompt
        self.answer = answer
        self.isEstimate = isEstimate
    }
}
