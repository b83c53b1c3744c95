// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Instant")
struct InstantTests {
    @Test("Adding a duration and measuring it gives it back")
    func addsAndMeasures() {
        let start = Instant(nanoseconds: -5)
        let end = start + .milliseconds(1_500)
        #expect(end == Instant(nanoseconds: 1_499_999_995))
        #expect(end - start == .milliseconds(1_500))
        #expect(start - end == .milliseconds(-1_500))
        #expect(start < end)
    }

    @Test("A duration that leads out of range leads to the end of the range")
    func saturates() {
        #expect(Instant(nanoseconds: 0) + .seconds(Int.max) == .distantFuture)
        #expect(Instant.distantFuture + .nanoseconds(1) == .distantFuture)
        #expect(Instant(nanoseconds: 0) + .seconds(Int.min) == Instant(nanoseconds: .min))
    }

    @Test("A span that is out of range is the longest")
    func measuresTheWholeRange() {
        #expect(Instant.distantFuture - Instant(nanoseconds: .min) == Nanoseconds(.max))
        #expect(Instant(nanoseconds: .min) - Instant.distantFuture == Nanoseconds(.min))
    }
}
