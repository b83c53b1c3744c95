// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("DemandEstimate")
struct DemandEstimateTests {
    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    @Test("Nobody asked for it: no demand")
    func unused() {
        let demand = DemandEstimate()
        #expect(demand.rate(now: self.at(5)) == 0)
        #expect(demand.thinkTime == nil)
    }

    @Test("After one arrival a minute is assumed")
    func one() {
        var demand = DemandEstimate()
        demand.arrived(now: self.at(0), isIdle: true)
        #expect(demand.rate(now: self.at(1)) == 1 / 60.0)
        #expect(demand.rate(now: self.at(120)) == 1 / 120.0)
    }

    @Test("The latest gap counts a fifth, and time without use counts against it")
    func gaps() {
        var demand = DemandEstimate()
        demand.arrived(now: self.at(0), isIdle: true)
        demand.arrived(now: self.at(10), isIdle: false)
        #expect(demand.rate(now: self.at(10)) == 0.1)
        demand.arrived(now: self.at(15), isIdle: false)
        #expect(demand.rate(now: self.at(15)) == 1 / 9.0)
        demand.fellIdle(now: self.at(20))
        #expect(demand.rate(now: self.at(29)) == 1 / 9.0)
        #expect(demand.rate(now: self.at(40)) == 1 / 20.0)
    }

    @Test("Requests that come together are one use")
    func burst() {
        var demand = DemandEstimate()
        for _ in 0..<50 { demand.arrived(now: self.at(1), isIdle: false) }
        #expect(demand.rate(now: self.at(1)) == 20)
    }

    @Test("The time until clients come back is learned while nothing waits or is active")
    func thinkTime() {
        var demand = DemandEstimate()
        demand.arrived(now: self.at(0), isIdle: true)
        demand.arrived(now: self.at(2), isIdle: true)
        #expect(demand.thinkTime == nil, "it never fell idle")
        demand.fellIdle(now: self.at(10))
        demand.arrived(now: self.at(12), isIdle: true)
        #expect(demand.thinkTime == 2_000_000_000)
        // This one and its like tell nothing: it was not idle.
        demand.arrived(now: self.at(13), isIdle: false)
        #expect(demand.thinkTime == 2_000_000_000)
        demand.fellIdle(now: self.at(20))
        demand.arrived(now: self.at(32), isIdle: true)
        #expect(demand.thinkTime == 5_000_000_000)
        #expect(demand.idleSince == self.at(20))
    }

    @Test("A clock that jumps leaves it sane", arguments: 1...40)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var demand = DemandEstimate()
        for _ in 0..<300 {
            let now = Instant(nanoseconds: Int64(bitPattern: random.next()) >> Int64(random.number(below: 63)))
            if random.number(below: 3) == 0 {
                demand.fellIdle(now: now)
            } else {
                demand.arrived(now: now, isIdle: random.number(below: 2) == 0)
            }
            let later = Instant(nanoseconds: Int64(bitPattern: random.next()))
            #expect(demand.rate(now: later) > 0 && demand.rate(now: later) <= 20)
            if let think = demand.thinkTime { #expect(think >= 0 && think <= DemandEstimate.longest) }
        }
    }
}
