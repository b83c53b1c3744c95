// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("RecentTimes")
struct RecentTimesTests {
    private func times(_ values: some Sequence<Int64>) -> RecentTimes {
        var times = RecentTimes()
        for value in values { times.insert(value) }
        return times
    }

    @Test("Fewer than eight give no quantiles")
    func tooFew() {
        let times = self.times(1...7)
        #expect(!times.isTelling)
        #expect(times.quantile(50) == nil)
        #expect(times.trimmedMean == nil)
        #expect(times.quantileOfAny(50) == 4)
        #expect(RecentTimes().quantileOfAny(50) == nil)
    }

    @Test("Quantiles are of the last 64, in any order", arguments: [8, 63, 64, 65, 200, 1_000])
    func quantiles(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let values = (0..<count).map { _ in Int64.random(in: 0..<50, using: &random) }
        let times = self.times(values)
        let sorted = values.suffix(64).sorted()
        for percent in [0, 10, 25, 50, 90, 100] {
            #expect(times.quantile(percent) == sorted[(sorted.count - 1) * percent / 100])
        }
    }

    @Test("Outliers at either end do not move the trimmed mean, even among eight", arguments: [8, 20, 64])
    func trimmedMean(count: Int) {
        var values = Array(repeating: Int64(1_000_000), count: count)
        values[0] = 0
        values[count - 1] = .max
        #expect(self.times(values).trimmedMean == 1_000_000)
    }
}
