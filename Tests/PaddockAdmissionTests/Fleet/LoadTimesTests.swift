// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("LoadTimes")
struct LoadTimesTests {
    private let second: Int64 = 1_000_000_000
    private let gibibyte: Int64 = 1 << 30

    @Test("The third quartile of the last eight", arguments: 1...40)
    func quartile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (times, all) = (LoadTimes(), [Int64]())
        for _ in 0..<30 {
            let value = Int64(random.number(below: 12)) * self.second
            times.insert(value)
            all.append(value)
            let last = all.suffix(8).sorted()
            let expected = last[(last.count * 3 + 3) / 4 - 1]
            #expect(times.expected(bytes: self.gibibyte) == expected)
            #expect(times.count == last.count)
        }
    }

    @Test(
        "A load time that cannot be is ignored",
        arguments: [-1, Int64.min, 3_600_000_000_001, 86_400_000_000_000, .max]
    )
    func impossible(value: Int64) {
        var (times, rate) = (LoadTimes(), LoadRate())
        times.insert(value)
        rate.insert(value, bytes: self.gibibyte)
        #expect(times.count == 0)
        #expect(times.expected(bytes: 0, rate: rate) == 5 * self.second)
    }

    @Test("Before anything was measured, a second and a second for each GiB")
    func guess() {
        #expect(LoadTimes().expected(bytes: 4 * self.gibibyte) == 5 * self.second)
        #expect(LoadTimes().expected(bytes: 0) == 5 * self.second)
        #expect(LoadTimes().expected(bytes: -1) == 5 * self.second)
        #expect(LoadTimes().expected(bytes: .max) == LoadTimes.longest)
    }

    @Test("What other models took tells how long one takes that was never loaded")
    func learnedRate() {
        var rate = LoadRate()
        rate.insert(4 * self.second, bytes: 8 * self.gibibyte)
        rate.insert(2 * self.second, bytes: 4 * self.gibibyte)
        let times = LoadTimes()
        #expect(times.expected(bytes: 16 * self.gibibyte, rate: rate) == 8 * self.second)
        // Not below the shortest load.
        #expect(times.expected(bytes: 1, rate: rate) == 2 * self.second)
        // Of unknown size: as long as most.
        #expect(times.expected(bytes: 0, rate: rate) == 4 * self.second)
    }

    @Test("Sizes do not matter where no load of a known size was measured")
    func unknownSizes() {
        var rate = LoadRate()
        rate.insert(3 * self.second, bytes: 0)
        #expect(rate.expected(bytes: 100 * self.gibibyte) == 3 * self.second)
    }

    @Test("Whatever is measured, a guess can be", arguments: 1...20)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (times, rate) = (LoadTimes(), LoadRate())
        for _ in 0..<100 {
            let value = Int64(bitPattern: random.next()) >> Int64(random.number(below: 63))
            let bytes = Int64(bitPattern: random.next()) >> Int64(random.number(below: 63))
            if random.number(below: 4) == 0 { times.insert(value) }
            rate.insert(value, bytes: bytes)
            #expect(LoadTimes.isPossible(times.expected(bytes: bytes, rate: rate)))
            #expect(LoadTimes.isPossible(rate.expected(bytes: value)))
        }
    }
}
