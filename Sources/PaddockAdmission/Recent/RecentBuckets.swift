// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The ranges in which the recent values of one kind are counted: four for each doubling, so that a quantile is off by less than an eighth.
///
/// The first range has all that is less than 2^20, about a millisecond in nanoseconds; the last all from 2^40, 18 minutes.
enum RecentBuckets {
    /// How many ranges there are.
    static let count = 82
    private static let lowest = 20
    private static let highest = 40

    /// The range of a value.
    @inline(__always)
    static func index(of value: Int64) -> Int {
        guard value >= 1 << Self.lowest else { return 0 }
        let exponent = 63 - value.leadingZeroBitCount
        guard exponent < Self.highest else { return Self.count - 1 }
        return 1 + (exponent - Self.lowest) * 4 + Int((value >> (exponent - 2)) & 3)
    }

    /// The value that a share of all is at most, about; nil if there are none.
    ///
    /// What is in one range is taken to be spread over it evenly; what is in the first is taken for 0.
    ///
    /// - Parameters:
    ///   - percent: 1 to 100.
    ///   - counts: How many values are in each range.
    static func quantile(_ percent: Int, of counts: ArraySlice<Int>) -> Double? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = (total * percent + 99) / 100
        var before = 0
        for (range, count) in counts.enumerated() {
            if before + count >= rank {
                let share = (Double(rank - before) - 0.5) / Double(count)
                return Self.lowerBound(range) + share * (Self.upperBound(range) - Self.lowerBound(range))
            }
            before += count
        }
        return nil
    }

    private static func lowerBound(_ range: Int) -> Double {
        guard range > 0 else { return 0 }
        let (octave, quarter) = (range - 1).quotientAndRemainder(dividingBy: 4)
        return Double((4 + quarter) << (octave + Self.lowest - 2))
    }

    private static func upperBound(_ range: Int) -> Double {
        range == 0 ? 0 : range == Self.count - 1 ? Self.lowerBound(range) : Self.lowerBound(range + 1)
    }
}
