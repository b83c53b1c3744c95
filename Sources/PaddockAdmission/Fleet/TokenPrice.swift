// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The time that a token counts as, if fairness goes by tokens: what one has taken on average of late, over all models and clients.
///
/// Service stays a time, so that debt fades and slack is measured as it is by slot time, however fast the backends are. As the price is the
/// same for everybody at any moment, equal service is an equal number of tokens.
struct TokenPrice {
    /// After so many requests a request counts for a third of what the newest one does.
    private static let memory = 256.0

    /// The time in nanoseconds, and the tokens that it was for.
    ///
    /// At first as little as one short request at 50 tokens per second.
    private var time = 2e9
    private var tokens = 100.0

    /// What a token counts as, in nanoseconds.
    var nanoseconds: Double { self.time / self.tokens }

    /// A request has taken its time.
    ///
    /// - Parameters:
    ///   - tokens: Its tokens, above 0.
    ///   - time: The time in nanoseconds.
    mutating func learn(_ tokens: Double, in time: Double) {
        self.time += max(0, time) - self.time / Self.memory
        self.tokens += tokens - self.tokens / Self.memory
    }
}
