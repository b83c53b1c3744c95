// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Many times in little memory: counts in buckets that are at most 1/64 of their time wide.
///
/// Percentiles are so exact within 1.6 %; count, sum, least and greatest are exact. Times from 1 µs to an hour and a bit.
struct DurationHistogram: Equatable, Sendable {
    private var counts: [Int] = []
    private(set) var count = 0
    private var sum = Duration.zero
    private(set) var greatest = Duration.zero

    /// Takes a time in.
    mutating func add(_ duration: Duration) {
        let bucket = Self.bucket(of: duration)
        if bucket >= self.counts.count {
            self.counts += [Int](repeating: 0, count: bucket + 1 - self.counts.count)
        }
        self.counts[bucket] += 1
        self.count += 1
        self.sum += duration
        self.greatest = max(self.greatest, duration)
    }

    /// The mean, or `nil` where there is nothing.
    var mean: Duration? { self.count > 0 ? self.sum / self.count : nil }

    /// The least time that so many percent of all times do not exceed, or `nil` where there is nothing.
    func percentile(_ percent: Double) -> Duration? {
        guard self.count > 0 else { return nil }
        let wanted = max(1, Int((Double(self.count) * percent / 100).rounded(.up)))
        var seen = 0
        for (bucket, count) in self.counts.enumerated() {
            seen += count
            if seen >= wanted { return min(Self.middle(of: bucket), self.greatest) }
        }
        return self.greatest
    }

    // MARK: - Buckets

    /// The first 128 buckets are one microsecond each; from there on each power of two has 64.
    private static func bucket(of duration: Duration) -> Int {
        let microseconds = UInt64(max(0, min(duration / .microseconds(1), 4e9)))
        guard microseconds >= 128 else { return Int(microseconds) }
        let power = 63 - microseconds.leadingZeroBitCount
        return (power - 6) * 64 + Int(microseconds >> UInt64(power - 6))
    }

    private static func middle(of bucket: Int) -> Duration {
        guard bucket >= 128 else { return .microseconds(bucket) }
        let shift = bucket / 64 - 1
        let low = (bucket % 64 + 64) << shift
        return .microseconds(low + (1 << shift) / 2)
    }
}
