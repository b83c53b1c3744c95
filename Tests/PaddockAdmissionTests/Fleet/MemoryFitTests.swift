// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("MemoryFit")
struct MemoryFitTests {
    private let start = Instant(nanoseconds: 0)
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test("Nothing is known of a new backend but that one model fits")
    func new() {
        let fit = MemoryFit()
        #expect(fit.check(count: 1, bytes: .max, now: self.start) == .fits)
        #expect(fit.check(count: 2, bytes: 0, now: self.start) == .unknown)
    }

    @Test("What is configured is believed, and what is not has to be seen")
    func configured() {
        let both = MemoryFit(memory: 100, maxLoaded: 3)
        #expect(both.check(count: 3, bytes: 100, now: self.start) == .fits)
        #expect(both.check(count: 4, bytes: 10, now: self.start) == .doesNotFit)
        #expect(both.check(count: 2, bytes: 101, now: self.start) == .doesNotFit)
        #expect(both.check(count: 1, bytes: 101, now: self.start) == .doesNotFit)

        var memory = MemoryFit(memory: 100)
        #expect(memory.check(count: 2, bytes: 100, now: self.start) == .unknown)
        memory.prove(count: 2, bytes: 10)
        #expect(memory.check(count: 2, bytes: 100, now: self.start) == .fits)
        #expect(memory.check(count: 3, bytes: 10, now: self.start) == .unknown)

        var count = MemoryFit(maxLoaded: 3)
        count.prove(count: 2, bytes: 50)
        #expect(count.check(count: 3, bytes: 50, now: self.start) == .fits)
        #expect(count.check(count: 2, bytes: 51, now: self.start) == .unknown)
        #expect(count.check(count: 4, bytes: 1, now: self.start) == .doesNotFit)
    }

    @Test("A set that is not larger in either number than a proved one fits")
    func proved() {
        var fit = MemoryFit()
        fit.prove(count: 3, bytes: 60)
        fit.prove(count: 2, bytes: 90)
        #expect(fit.check(count: 3, bytes: 60, now: self.start) == .fits)
        #expect(fit.check(count: 2, bytes: 90, now: self.start) == .fits)
        #expect(fit.check(count: 3, bytes: 90, now: self.start) == .unknown)
    }

    @Test("A set that is at least as large as a disproved one does not fit, for ten minutes")
    func disproved() {
        var fit = MemoryFit(memory: 200, maxLoaded: 9)
        fit.disprove(count: 3, bytes: 80, now: self.at(0))
        #expect(fit.check(count: 3, bytes: 80, now: self.at(1)) == .doesNotFit)
        #expect(fit.check(count: 4, bytes: 90, now: self.at(599)) == .doesNotFit)
        #expect(fit.check(count: 2, bytes: 200, now: self.at(1)) == .fits)
        #expect(fit.check(count: 4, bytes: 79, now: self.at(1)) == .fits)
        #expect(fit.check(count: 3, bytes: 80, now: self.at(600)) == .fits)
        // A clock that went backwards does not keep it for ever.
        #expect(fit.check(count: 3, bytes: 80, now: self.at(-1)) == .fits)
    }

    @Test("One model alone cannot be disproved")
    func alone() {
        var fit = MemoryFit()
        fit.disprove(count: 1, bytes: 10, now: self.start)
        #expect(fit.check(count: 2, bytes: 20, now: self.start) == .unknown)
    }

    @Test("Of a proof and a disproof that contradict each other the newer one counts")
    func contradiction() {
        var fit = MemoryFit()
        fit.prove(count: 3, bytes: 80)
        fit.disprove(count: 2, bytes: 70, now: self.start)
        #expect(fit.check(count: 2, bytes: 70, now: self.start) == .doesNotFit)
        fit.prove(count: 3, bytes: 80)
        #expect(fit.check(count: 2, bytes: 70, now: self.start) == .fits)
    }

    @Test("It is never wrong about a backend that does not change", arguments: 1...60)
    func truth(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (memory, maxLoaded) = (Int64(20 + random.number(below: 80)), 1 + random.number(below: 6))
        var fit = MemoryFit(
            memory: random.number(below: 3) == 0 ? memory : nil,
            maxLoaded: random.number(below: 3) == 0 ? maxLoaded : nil
        )
        var known = 0
        for step in 0..<400 {
            let (count, bytes) = (1 + random.number(below: 8), Int64(random.number(below: 150)))
            // One model is loaded whatever its size.
            let isTrue = (count == 1 || bytes <= memory) && count <= maxLoaded
            let now = self.at(Int64(step))
            switch fit.check(count: count, bytes: bytes, now: now) {
            case .fits: #expect(isTrue || count == 1, "seed \(seed): \(count) with \(bytes)")
            case .doesNotFit: #expect(!isTrue || bytes > memory, "seed \(seed): \(count) with \(bytes)")
            case .unknown:
                known -= 1
                if isTrue {
                    fit.prove(count: count, bytes: bytes)
                } else {
                    fit.disprove(count: count, bytes: bytes, now: now)
                }
            }
            known += 1
        }
        #expect(known > 300, "seed \(seed): it learns from few sets")
    }

    @Test("Whatever it is told, the newest holds and its memory is bounded", arguments: 1...40)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var fit = MemoryFit()
        for _ in 0..<400 {
            let (count, bytes) = (
                random.number(below: 12) - 1, Int64(bitPattern: random.next()) >> Int64(random.number(below: 63))
            )
            let now = Instant(nanoseconds: Int64(bitPattern: random.next()))
            if random.number(below: 2) == 0 {
                fit.prove(count: count, bytes: bytes)
                if count > 0 { #expect(fit.check(count: count, bytes: bytes, now: now) == .fits) }
            } else {
                fit.disprove(count: count, bytes: bytes, now: now)
                if count > 1 { #expect(fit.check(count: count, bytes: bytes, now: now) == .doesNotFit) }
            }
            #expect(fit.remembered <= 2 * MemoryFit.capacity)
        }
    }
}
