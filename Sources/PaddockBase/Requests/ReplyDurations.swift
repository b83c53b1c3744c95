// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What Ollama says at the end of a reply of the time that it took.
///
/// Ollama leaves out what is zero. All times are from 0 to 10^18 − 1 nanoseconds.
package struct ReplyDurations: Hashable, Sendable {
    /// `total_duration`: from the request's arrival at the backend to its end.
    package var total = Nanoseconds(0)
    /// `load_duration`: how long it waited for its runner; some milliseconds if that was loaded already.
    package var load = Nanoseconds(0)
    /// `prompt_eval_duration`: how long its prompt took.
    package var promptEval = Nanoseconds(0)
    /// `eval_duration`: how long its answer took.
    package var eval = Nanoseconds(0)
    /// `prompt_eval_count`: tokens of the prompt that were evaluated.
    package var promptTokens: Int32 = 0
    /// `eval_count`: tokens of the answer.
    package var answerTokens: Int32 = 0

    /// Nothing.
    package init() {}

    /// The tokens.
    package var tokens: TokenCounts { TokenCounts(prompt: self.promptTokens, answer: self.answerTokens) }

    /// The time within the backend for which nothing accounts, above all how long it waited for one of the runner's own
    /// slots.
    ///
    /// Only replies of `/api/generate` and `/api/chat` have all that it takes: nil where no evaluation is told.
    package var unaccounted: Nanoseconds? {
        guard self.promptEval > .zero || self.eval > .zero else { return nil }
        return max(.zero, self.total - self.load - self.promptEval - self.eval)
    }
}
