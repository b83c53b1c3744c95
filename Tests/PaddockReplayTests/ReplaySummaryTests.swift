// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockReplay

@Suite("What a replay comes to")
struct ReplaySummaryTests {
    @Test("Waits by rank, and outcomes, of all and of a client")
    func waits() throws {
        var hand = HandTrace()
        for _ in 0..<4 { hand.add(at: 0) }
        hand.add(at: 0, client: 1) { $0.requestClass = .batch }
        let setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 1, queue: 3)))
        let summary = Replay.run(hand.trace, setting, busiest: [1, 0])
        // The newest waiter of the one that holds all places gives way to the other, but not to one of a worse class.
        #expect(summary.all.count(of: .rejected) == 1)
        #expect(summary.part(.batch).count(of: .rejected) == 1)
        let waits = try #require(summary.part(.interactive).waits)
        #expect([waits.p50, waits.p90, waits.p99] == [second, 3 * second, 3 * second])
        #expect(summary.clients.map(\.requests) == [1, 4])
        #expect(summary.utilisation == 1)
        #expect(summary.usefulShare == 1)
        #expect(summary.throughput == 1)
    }

    @Test("Slot time of requests that did not complete was no use")
    func usefulShare() {
        var hand = HandTrace()
        hand.add(at: 0) { $0.processing = 3 * second }
        hand.add(at: 0) { ($0.outcome, $0.processing) = (.cancelled, second) }
        let setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 1, queue: 3)))
        #expect(Replay.run(hand.trace, setting, busiest: []).usefulShare == 0.75)
    }

    @Test("Requests that took no time are recorded as such, whatever ends at that instant")
    func noTime() {
        var hand = HandTrace()
        for index in 0..<6 {
            hand.add(at: 0, client: Int32(index % 2)) {
                $0.wait = second
                $0.processing = index < 4 ? 0 : 2 * second
                $0.outcome = index < 4 ? .failed : .completed
            }
            hand.add(at: 0) { ($0.outcome, $0.wait, $0.processing) = (.timedOut, second, nil) }
            hand.add(at: 0) { $0.processing = second }
        }
        let summary = Replay.recorded(hand.trace, busiest: [])
        #expect(summary.all.slotTime == 10 * Double(second))
        #expect(summary.all.count(of: .failed) == 4)
        // Six and then two slots were held at once.
        #expect(summary.utilisation == 10.0 / 18)
    }

    @Test("The busiest clients have the most requests")
    func busiest() {
        var hand = HandTrace(clients: ["zoe", "ann", "bob", "idle"].map { Client(name: $0) })
        for client in [0, 1, 2, 2] as [Int32] { hand.add(at: 0, client: client) }
        #expect(hand.trace.busiestClients(10) == [2, 1, 0])
        #expect(hand.trace.busiestClients(1) == [2])
    }

    @Test("Quantiles are values that occurred", arguments: [(1, 1, 1, 1), (10, 5, 9, 10), (100, 50, 90, 99)])
    func quantiles(count: Int64, p50: Int64, p90: Int64, p99: Int64) throws {
        let quantiles = try #require(Quantiles((1...count).reversed()))
        #expect([quantiles.p50, quantiles.p90, quantiles.p99] == [p50, p90, p99])
        #expect(Quantiles([]) == nil)
    }

    @Test("Slots that were held at once for a moment only are not seen as slots")
    func visibleSlots() {
        var meter = SlotMeter()
        meter.change(1, now: 0)
        meter.change(1, now: 0)
        // The next one starts a moment before the end of the last one is written down.
        meter.change(1, now: 1_000)
        meter.change(-1, now: 1_001)
        meter.change(-1, now: 2_000)
        meter.change(-1, now: 2_000)
        #expect(meter.visibleSlots == 2)
        #expect(meter.slotTime == 4_001)
        #expect(meter.span == 2_000)
    }
}
