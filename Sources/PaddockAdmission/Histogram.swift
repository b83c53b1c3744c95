// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// How many durations fell into which range, and the sum of all.
///
/// All histograms share one set of bounds, so that they can be added and compared, and have a fixed size: adding a duration
/// costs four comparisons and no allocation.
package struct Histogram: Hashable, Sendable {
    /// The upper bound of a range in nanoseconds; above the last one nothing is told apart.
    ///
    /// From 5 ms, an answer out of a cache, to 10 minutes, twice the default `request_timeout`. Literals in a switch, as a
    /// table would be looked up each time.
    @inline(__always)
    private static func nanoseconds(_ range: Int) -> Int64 {
        switch range {
        case 0: 5_000_000
        case 1: 25_000_000
        case 2: 100_000_000
        case 3: 250_000_000
        case 4: 500_000_000
        case 5: 1_000_000_000
        case 6: 2_500_000_000
        case 7: 5_000_000_000
        case 8: 10_000_000_000
        case 9: 20_000_000_000
        case 10: 30_000_000_000
        case 11: 60_000_000_000
        case 12: 120_000_000_000
        case 13: 300_000_000_000
        case 14: 600_000_000_000
        default: .max
        }
    }

    /// The upper bounds, ascending; the last range, above all of them, has none.
    package static let bounds = (0..<15).map { Duration.nanoseconds(Self.nanoseconds($0)) }

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

    /// The mean of all durations; zero if there are none.
    package var mean: Nanoseconds {
        let count = self.count
        return count == 0 ? .zero : Nanoseconds(Int64(clamping: self.sumNanoseconds / Int128(count)))
    }

    /// The duration that a share of all is at most, about; nil if there are none.
    ///
    /// What is in one range is taken to be spread over it evenly, as Prometheus does; if all are in one range, it is their mean. What is
    /// above all bounds is taken for the last one.
    ///
    /// - Parameter percent: 1 to 100.
    package func quantile(_ percent: Int) -> Nanoseconds? {
        let total = self.count
        guard total > 0 else { return nil }
        let rank = (total * percent + 99) / 100
        var before = 0
        for range in self.counts.indices {
            let count = self.counts[range]
            if before + count >= rank {
                if count == total { return max(.zero, self.mean) }
                let lower = range == 0 ? 0 : Self.nanoseconds(range - 1)
                let upper = range == self.counts.scalarCount - 1 ? lower : Self.nanoseconds(range)
                let share = Double(rank - before) / Double(max(1, count))
                return .nanoseconds(lower + Int64(Double(upper - lower) * share))
            }
            before += count
        }
        return nil
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
    /// - Parameter duration: Below zero counts as the lowest range.
    package mutating func add(_ duration: Nanoseconds) {
        self.change(Self.range(of: duration), by: 1)
        self.sumNanoseconds += Int128(duration.count)
    }

    /// Takes back a duration that was counted.
    mutating func remove(_ duration: Nanoseconds) {
        self.change(Self.range(of: duration), by: -1)
        self.sumNanoseconds -= Int128(duration.count)
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

    /// Changes one count in place: the subscript of a vector reads and writes all of them.
    private mutating func change(_ range: Int, by difference: Int) {
        withUnsafeMutableBytes(of: &self.counts) { counts in
            counts.withMemoryRebound(to: Int.self) { $0[range] += difference }
        }
    }

    /// The first range whose bound is not below the duration.
    private static func range(of duration: Nanoseconds) -> Int {
        var range = 0
        // From the front: most durations are short.
        while duration.count > Self.nanoseconds(range) { range += 1 }
        return range
    }
}
