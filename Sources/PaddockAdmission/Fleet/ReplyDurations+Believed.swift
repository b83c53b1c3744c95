// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What a backend says of its times is checked against a clock of ours, as it decides about the requests of others.
extension ReplyDurations {
    /// How much longer a backend's clock may say that something took, in nanoseconds: 10 ms, and a part in 16.
    private static func tolerance(_ nanoseconds: Int64) -> Int64 { nanoseconds / 16 + 10_000_000 }

    /// Whether they can be: the backend had the request for no longer than it held its slot, and the parts are no longer than the whole.
    ///
    /// - Parameter processing: How long the request held its slot, in nanoseconds.
    func arePossible(within processing: Int64) -> Bool {
        let total = self.total.count
        guard total > 0, processing > 0, total.subtractingSaturating(processing) <= Self.tolerance(processing) else {
            return false
        }
        let parts = (self.load + self.promptEval + self.eval).count
        return parts.subtractingSaturating(total) <= Self.tolerance(total)
    }

    /// Whether the request waited inside the backend for one of its slots; `nil` if they do not say what it takes to know that.
    ///
    /// - Parameter firstByte: When the first byte of a stream came, in nanoseconds from the slot; `nil` for a whole reply. A client that
    ///   reads slowly makes the end of a stream late, but not its beginning.
    func waitedInside(firstByte: Int64?) -> Bool? {
        guard self.unaccounted != nil else { return nil }
        let total = firstByte.map { min(self.total.count, $0.addingSaturating(self.eval.count)) } ?? self.total.count
        return ParallelLearner.waitedInside(
            total: total,
            load: self.load.count,
            prompt: self.promptEval.count,
            eval: self.eval.count
        )
    }
}
