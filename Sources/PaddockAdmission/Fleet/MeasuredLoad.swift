// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// A load that has ended: from the first request that made Ollama load to the first byte of a reply.
///
/// That is longer than the load by what it took to read the prompt, and for a whole reply by the answer, too. The end of a reply may say
/// how long the load took.
struct MeasuredLoad: Hashable, Sendable {
    let began: Instant
    let ended: Instant
    /// The size of the model as it was known when it was loaded; 0 if it was not.
    let bytes: Int64
    /// Whether it has been counted; that of whole replies only counts with their end.
    let isCounted: Bool

    /// How long it took, in nanoseconds, as far as it could be measured.
    var measured: Int64 { self.ended.nanoseconds(since: self.began) }

    /// How long it took, in nanoseconds.
    ///
    /// - Parameters:
    ///   - durations: What a reply says; `nil` if it says nothing that can be.
    ///   - started: When its request was sent.
    func time(_ durations: ReplyDurations?, of started: Instant) -> Int64 {
        guard let load = durations?.load.count, load > 0 else { return self.measured }
        // Whoever came later waited for the rest of it.
        return min(self.measured, load.addingSaturating(max(0, started.nanoseconds(since: self.began))))
    }
}
