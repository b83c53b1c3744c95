// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("Histogram")
struct HistogramTests {
    /// What a duration does to the cumulative counts, found by looking at every bound.
    private func expected(_ nanoseconds: Int64) -> [Int] {
        Histogram.bounds.map { .nanoseconds(nanoseconds) <= $0 ? 1 : 0 } + [1]
    }

    @Test("A duration lies in the first range whose bound is not below it")
    func ranges() {
        let bounds = Histogram.bounds.map { Int64($0 / .nanoseconds(1)) }
        for nanoseconds in [-1, 0] + bounds.flatMap({ [$0 - 1, $0, $0 + 1] }) + [.max] {
            var histogram = Histogram()
            histogram.add(Nanoseconds(nanoseconds))
            #expect(histogram.cumulativeCounts == self.expected(nanoseconds), "\(nanoseconds) ns")
        }
    }

    @Test("Bounds ascend")
    func bounds() {
        #expect(Histogram.bounds == Histogram.bounds.sorted())
        #expect(Set(Histogram.bounds).count == 15)
    }

    @Test("Sum, mean and count follow what is added and taken back")
    func sums() {
        var histogram = Histogram()
        #expect(histogram.mean == .zero)
        for seconds in [1, 2, 6] { histogram.add(.seconds(seconds)) }
        #expect(histogram.mean == .seconds(3))
        let before = histogram
        histogram.add(.nanoseconds(77))
        histogram.remove(.nanoseconds(77))
        #expect(histogram == before)
        #expect(histogram - before == Histogram())
        #expect((histogram + before).count == 6)
        #expect((histogram + before).sum == .seconds(18))
    }

    @Test("A quantile is in its range, the mean if there is one range only, and nothing of nothing")
    func quantiles() {
        var histogram = Histogram()
        #expect(histogram.quantile(50) == nil)
        for _ in 0..<3 { histogram.add(.seconds(7)) }
        #expect(histogram.quantile(1) == .seconds(7))
        #expect(histogram.quantile(100) == .seconds(7))
        for _ in 0..<3 { histogram.add(.milliseconds(1)) }
        #expect(histogram.quantile(50) == .milliseconds(5))
        #expect((5...10).contains((histogram.quantile(90) ?? .zero) / .seconds(1)))
        histogram.add(.seconds(100_000))
        #expect(histogram.quantile(100) == .seconds(600))
    }
}
