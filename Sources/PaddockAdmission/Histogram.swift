// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How many durations fell into which range, and the sum of all.
///
/// All histograms share one set of bounds, so that they can be added and compared, and have a fixed size: adding a duration
/// costs four comparisons and no allocation.
package struct Histogram: Hashable, Sendable {
    /// The upper bounds in nanoseconds, ascending; above the last one nothing is told apart.
    ///
    /// From 5 ms, an answer out of a cache, to 10 minutes, twice the default `request_timeout`.
    private static let nanoseconds = SIMD16<Int64>(
        5_000_000,
        25_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000,
        5_000_000_000,
        10_000_000_000,
        20_000_000_000,
        30_000_000_000,
        60_000_000_000,
        120_000_000_000,
        300_000_000_000,
        600_000_000_000,
        .max
    )

    /// The upper bounds, ascending; the last range, above all of them, has none.
    package static let bounds = (0..<15).map { Duration.nanoseconds(Self.nanoseconds[$0]) }

    /// By range, not cumulative.
    private var counts = SIMD16<Int>(repeating: 0)
    // Wide: 100,000 waiters fill 64 bits of nanoseconds in a day.
    private var sumNanoseconds: Int128 = 0

    /// Makes an empty histogram.
    package init() {}

    /// How many durations there are.
    package var count: Int { self.counts.wrappedSum() }

    /// The sum of all durations.
    package var sum: Duration { Duration(attoseconds: self.sumNanoseconds * 1_000_000_000) }

    /// The mean of all durations; zero where there are none.
    package var mean: Duration {
        let count = self.count
        return count == 0 ? .zero : self.sum / count
    }

    /// How many durations are at most as long as each of ``bounds``, and at last how many there are.
    package var cumulativeCounts: [Int] {
        var sum = 0
        return self.counts.indices.map { range in
            sum += self.counts[range]
            return sum
        }
    }

    /// Counts a duration.
    ///
    /// - Parameter nanoseconds: Its length; below zero counts as the lowest range.
    package mutating func add(nanoseconds: Int64) {
        self.counts[Self.range(of: nanoseconds)] += 1
        self.sumNanoseconds += Int128(nanoseconds)
    }

    /// Takes back a duration that was counted.
    mutating func remove(nanoseconds: Int64) {
        self.counts[Self.range(of: nanoseconds)] -= 1
        self.sumNanoseconds -= Int128(nanoseconds)
    }

    /// All durations of both.
    package static func + (left: Histogram, right: Histogram) -> Histogram {
        var sum = left
        sum.counts &+= right.counts
        sum.sumNanoseconds += right.sumNanoseconds
        return sum
    }

    /// The durations of `left` that are not in `right`.
    package static func - (left: Histogram, right: Histogram) -> Histogram {
        var difference = left
        difference.counts &-= right.counts
        difference.sumNanoseconds -= right.sumNanoseconds
        return difference
    }

    /// The first range whose bound is not below the duration, by halves.
    private static func range(of nanoseconds: Int64) -> Int {
        let bounds = Self.nanoseconds
        var range = nanoseconds > bounds[7] ? 8 : 0
        if nanoseconds > bounds[range + 3] { range += 4 }
        if nanoseconds > bounds[range + 1] { range += 2 }
        if nanoseconds > bounds[range] { range += 1 }
        return range
    }
}
