// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Interactive and batch")
struct ClassTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")

    @Test("A free slot goes to batch only when no interactive request waits")
    func interactiveFirst() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(0, of: self.alice)
        gate.arrive(1, of: self.alice, .batch)
        gate.arrive(2, of: self.bob)
        gate.arrive(3, of: self.alice)
        try gate.finish(0)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        #expect(gate.slots[2]?.rule == .leastService)
        try gate.finish(2)
        #expect(gate.slots[3]?.rule == .arrivalOrder)
        #expect(try gate.reading().queuedBatch == 1)
        try gate.finish(3)
        #expect(gate.slots[1]?.rule == .arrivalOrder)
    }

    /// Slot time of batch for that of interactive requests, both of which always wait.
    private func share(_ share: Double, slots: Int = 1, batchSlots: Int? = nil, batch: Nanoseconds) throws -> Double {
        var policy = AdmissionPolicy()
        (policy.batchShare, policy.batchSlots) = (share, batchSlots)
        var race = Race(
            Gate(parallel: slots, queue: 100, policy: policy),
            [
                Race.Runner(client: self.alice, processing: .seconds(1), outstanding: slots + 5),
                Race.Runner(client: self.bob, processing: .seconds(1), outstanding: slots + 5),
                Race.Runner(client: self.alice, requestClass: .batch, processing: batch, outstanding: slots + 5),
            ]
        )
        try race.run(for: .seconds(1_000) / slots)
        return race.service[2] / (race.service[0] + race.service[1])
    }

    @Test(
        "While interactive requests always wait, batch has its share of their slot time",
        arguments: [0.03, 0.05, 0.5],
        [1, 4]
    )
    func hasItsShare(share: Double, slots: Int) throws {
        let part = try self.share(share, slots: slots, batch: .seconds(1))
        #expect(abs(part / share - 1) < 0.15, "\(part)")
    }

    @Test("Short batch requests have their share, too: they pay for the time they took")
    func shortBatch() throws {
        let part = try self.share(0.05, batch: .milliseconds(200))
        #expect(abs(part / 0.05 - 1) < 0.1, "\(part)")
    }

    @Test("Batch has at least its share if its requests are long, and never more than its slots")
    func longBatch() throws {
        #expect(try self.share(0.05, batch: .seconds(5)) > 0.05)
        #expect(try self.share(0.5, slots: 4, batchSlots: 1, batch: .seconds(20)) < 0.34)
    }

    @Test("A batch request that waits is told when it starts if interactive requests go on to come, and it does")
    func latestStart() throws {
        let gate = Gate(parallel: 1, queue: 100)
        for request in 200..<216 {
            gate.arrive(request, of: self.alice)
            gate.wait(.seconds(1))
            try gate.finish(request)
        }
        gate.arrive(10, of: self.alice)
        gate.arrive(99, of: self.alice, .batch)
        gate.arrive(11, of: self.bob)
        let waiting = gate.machine.requestSnapshots(now: gate.now).filter { $0.position > 0 }
        let batch = try #require(waiting.first { $0.requestClass == .batch })
        let (start, latest) = (try #require(batch.estimatedStart), try #require(batch.latestStart))
        #expect(start <= .seconds(3) && latest > .seconds(15))
        #expect(waiting.count == 2 && waiting.allSatisfy { $0.requestClass == .batch || $0.latestStart == nil })
        let ticket = try #require(gate.tickets[99])
        let one = try #require(gate.machine.waiting(ticket, now: gate.now))
        #expect(one.latestStart == latest && one.estimatedStart == start)

        var seconds = 0
        while gate.slots[99] == nil, seconds < 60 {
            gate.arrive(12 + seconds, of: self.bob)
            gate.wait(.seconds(1))
            seconds += 1
            for request in gate.slots.keys { try gate.finish(request) }
        }
        #expect(abs(Double(seconds) * 1_000 / latest.milliseconds - 1) < 0.2, "\(seconds) s")
    }

    @Test("The rule that gave batch its slot is reported")
    func tellsBatchShare() throws {
        let gate = Gate(parallel: 1, queue: 100)
        gate.arrive(0, of: self.alice)
        gate.arrive(99, of: self.alice, .batch)
        for request in 1...40 { gate.arrive(request, of: self.alice) }
        var finished = 0
        while gate.slots[99] == nil, finished < 40 {
            gate.wait(.seconds(1))
            try gate.finish(finished)
            finished += 1
        }
        #expect(finished == 21, "it began to earn with the second")
        #expect(gate.slots[99]?.rule == .batchShare)
    }

    @Test("An arriving interactive request finds a slot free that batch may not have")
    func batchSlots() throws {
        var policy = AdmissionPolicy()
        policy.batchSlots = 2
        let gate = Gate(parallel: 3, policy: policy)
        #expect(gate.arrive(0, of: self.alice, .batch).isStarted)
        #expect(gate.arrive(1, of: self.bob, .batch).isStarted)
        #expect(gate.arrive(2, of: self.bob, .batch).isQueued)
        #expect(try gate.reading().availableSlots == 1)
        #expect(gate.arrive(3, of: self.alice).isStarted)
        #expect(gate.arrive(4, of: self.alice).isQueued)
        try gate.finish(3)
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
        try gate.finish(4)
        #expect(gate.takeHeard().isEmpty)
        try gate.finish(0)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("The bound of batch is for each backend, and for each model")
    func batchSlotsPerBackend() throws {
        var policy = AdmissionPolicy()
        policy.batchSlots = 1
        let gate = Gate(parallel: 2, policy: policy, backends: 2)
        for request in 0..<3 { gate.arrive(request, of: self.alice, .batch) }
        #expect(Set(gate.slots.values.map(\.backend)) == [0, 1])
        #expect(try gate.reading().queued == 1)
        #expect(gate.arrive(3, "qwen3", of: self.alice, .batch).isStarted)
    }

    @Test("What batch cannot use while it holds all its slots does not become a hoard")
    func creditIsBounded() {
        var credit = BatchCredit()
        credit.earn(1_000)
        credit.limit(typical: 10)
        #expect(credit.missing(for: 80) == 0)
        #expect(credit.pay(50) == 50)
        #expect(credit.pay(50) == 30)
        #expect(credit.missing(for: 10) == 10)
        credit.earn(-5)
        #expect(credit.missing(for: 10) == 10, "batch owes nothing")
    }
}
