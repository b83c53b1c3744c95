// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What Ollama says at the end of a reply of the time that it took.
///
/// Ollama leaves out what is zero. All times are in nanoseconds, from 0 to 10^18 − 1.
package struct ReplyDurations: Hashable, Sendable {
    /// `total_duration`: from the request's arrival at the backend to its end.
    package var total: Int64 = 0
    /// `load_duration`: how long it waited for its runner; some milliseconds if that was loaded already.
    package var load: Int64 = 0
    /// `prompt_eval_duration`: how long its prompt took.
    package var promptEval: Int64 = 0
    /// `eval_duration`: how long its answer took.
    package var eval: Int64 = 0
    /// `prompt_eval_count`: tokens of the prompt that were evaluated.
    package var promptTokens: Int32 = 0
    /// `eval_count`: tokens of the answer.
    package var answerTokens: Int32 = 0

    /// Nothing.
    package init() {}

    /// The time within the backend for which nothing accounts, in nanoseconds; above all how long it waited for one of the runner's own
    /// slots.
    ///
    /// Only replies of `/api/generate` and `/api/chat` have all that it takes: nil where no evaluation is told.
    package var unaccounted: Int64? {
        guard self.promptEval > 0 || self.eval > 0 else { return nil }
        // Four numbers below 10^18 have a sum that fits.
        return max(0, self.total - self.load - self.promptEval - self.eval)
    }
}
