// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Some durations by their ranks, in nanoseconds.
package struct Quantiles: Hashable, Sendable {
    /// How many durations there were; at least 1.
    package let count: Int
    /// The one that half of all are not above.
    package let p50: Int64
    /// The one that nine in ten are not above.
    package let p90: Int64
    /// The one that ninety-nine in a hundred are not above.
    package let p99: Int64

    /// Ranks durations; nil if there are none.
    package init?(_ durations: consuming [Int64]) {
        guard !durations.isEmpty else { return nil }
        var sorted = durations
        sorted.sort()
        func rank(_ percent: Int) -> Int64 { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }
        self.count = sorted.count
        self.p50 = rank(50)
        self.p90 = rank(90)
        self.p99 = rank(99)
    }
}
