// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockReplay

@Suite("ServiceMeter")
struct ServiceMeterTests {
    /// Two clients that both wait all the time from 0 to 100, and hold slots for as long as given.
    private func meter(_ held: [(weight: Double, from: Int64, to: Int64)]) -> ServiceMeter {
        var meter = ServiceMeter()
        let group = meter.addGroup()
        var changes: [(now: Int64, member: Int, waiting: Int, active: Int)] = []
        for client in held {
            let member = meter.addMember(of: group, weight: client.weight)
            changes += [(0, member, 1, 0), (client.from, member, 0, 1), (client.to, member, 0, -1)]
        }
        for change in changes.sorted(by: { $0.now < $1.now }) {
            meter.change(change.member, waiting: change.waiting, active: change.active, now: change.now)
        }
        return meter
    }

    @Test("Who had the same has 1, who had all alone 1/n")
    func extremes() {
        var same = self.meter([(1, 0, 50), (1, 50, 100)])
        #expect(same.fairness(now: 100) == 1)
        var alone = self.meter([(1, 0, 100), (1, 0, 0)])
        #expect(alone.fairness(now: 100) == 0.5)
    }

    @Test("Service is for a weight")
    func weights() {
        var meter = self.meter([(3, 0, 75), (1, 75, 100)])
        #expect(meter.fairness(now: 100) == 1)
    }

    @Test("Time without a waiter counts for nobody")
    func contendedTime() {
        var meter = ServiceMeter()
        let group = meter.addGroup()
        let members = (0..<2).map { _ in meter.addMember(of: group, weight: 1) }
        // One holds the slot for 1,000 while nobody waits.
        meter.change(members[0], waiting: 0, active: 1, now: 0)
        meter.change(members[0], waiting: 0, active: -1, now: 1_000)
        for member in members { meter.change(member, waiting: 1, active: 0, now: 1_000) }
        meter.change(members[0], waiting: 0, active: 1, now: 1_000)
        meter.change(members[0], waiting: 0, active: -1, now: 1_010)
        meter.change(members[1], waiting: 0, active: 1, now: 1_010)
        meter.change(members[1], waiting: 0, active: -1, now: 1_020)
        #expect(meter.fairness(now: 1_020) == 1)
    }

    @Test("Who hardly waits is not compared: its own demand decides what it gets")
    func notBacklogged() {
        var meter = ServiceMeter()
        let group = meter.addGroup()
        let (busy, calm) = (meter.addMember(of: group, weight: 1), meter.addMember(of: group, weight: 1))
        meter.change(busy, waiting: 1, active: 3, now: 0)
        meter.change(calm, waiting: 1, active: 0, now: 0)
        meter.change(calm, waiting: -1, active: 1, now: 20)
        meter.change(calm, waiting: 0, active: -1, now: 100)
        #expect(meter.fairness(now: 100) == nil)
    }

    @Test("Clients of two classes are not compared")
    func groups() {
        var meter = ServiceMeter()
        let members = (0..<2).map { _ in
            let group = meter.addGroup()
            return meter.addMember(of: group, weight: 1)
        }
        for member in members { meter.change(member, waiting: 1, active: member, now: 0) }
        #expect(meter.fairness(now: 100) == nil)
    }
}
