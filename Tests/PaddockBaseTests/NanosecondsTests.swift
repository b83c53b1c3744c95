// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Nanoseconds")
struct NanosecondsTests {
    private let longest = Nanoseconds(.max)
    private let shortest = Nanoseconds(.min)

    @Test("What is out of range becomes the nearest that can be written")
    func saturates() {
        #expect(self.longest + Nanoseconds(1) == self.longest)
        #expect(self.shortest - Nanoseconds(1) == self.shortest)
        #expect(Nanoseconds.zero - self.shortest == self.longest)
        #expect(self.longest * 2 == self.longest)
        #expect(self.longest * -2 == self.shortest)
        #expect(self.shortest * -1 == self.longest)
        #expect(Nanoseconds(.seconds(Int64.max)) == self.longest)
        #expect(Nanoseconds(.seconds(Int64.min)) == self.shortest)
    }

    @Test("Units, sums and parts")
    func arithmetic() {
        #expect(Nanoseconds.seconds(1) == .milliseconds(1_000))
        #expect(Nanoseconds.milliseconds(1) == .microseconds(1_000))
        #expect(Nanoseconds.microseconds(1) == .nanoseconds(1_000))
        #expect(Nanoseconds.seconds(7) / 2 == .milliseconds(3_500))
        #expect(Nanoseconds.seconds(7) / .seconds(2) == 3.5)
        #expect(Nanoseconds.microseconds(1_250).milliseconds == 1.25)
        #expect(Nanoseconds.seconds(-1) < .zero)
    }

    @Test("A duration loses what is finer than a nanosecond, and comes back", arguments: [-3, 0, 1_500_000_001])
    func durations(count: Int64) {
        #expect(Nanoseconds(Duration.nanoseconds(count) / 1) == Nanoseconds(count))
        #expect(Duration(Nanoseconds(count)) == .nanoseconds(count))
        #expect(
            Nanoseconds(Duration(secondsComponent: 1, attosecondsComponent: 1_999_999_999))
                == .nanoseconds(1_000_000_001)
        )
    }
}
