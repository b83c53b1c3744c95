// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Arriving, waiting, ending")
struct ArrivalTests {
    @Test("Requests start while a slot is free, then wait, then are rejected")
    func startsQueuesRejects() throws {
        let gate = Gate(parallel: 2, queue: 1)
        #expect(gate.arrive(1).isStarted)
        #expect(gate.arrive(2).isStarted)
        #expect(gate.arrive(3).isQueued)
        #expect(gate.arrive(4) == .rejected(.queueFull(waiting: 1, retryAfter: 1)))
        let reading = try gate.reading()
        #expect(reading.active == 2)
        #expect(reading.queued == 1)
        #expect(reading.availableSlots == 0)
        #expect(reading.queueAvailable == 0)
        #expect(reading.totals.requests == 4)
        #expect(reading.totals.rejected == 1)
        #expect(gate.takeHeard().isEmpty, "what becomes of an arrival is its answer, not a call")
    }

    @Test("Waiters start in the order in which they arrived")
    func startsInOrder() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...4 { gate.arrive(request) }
        for request in 1...3 {
            try gate.finish(request)
            #expect(gate.takeHeard() == [.start(request + 1, backend: 0)])
        }
        try gate.finish(4)
        #expect(gate.takeHeard().isEmpty)
        #expect(try gate.reading().totals.completed == 4)
    }

    @Test("With a queue limit of 0 nothing ever waits")
    func neverWaits() throws {
        let gate = Gate(parallel: 1, queue: 0)
        #expect(gate.arrive(1).isStarted)
        #expect(gate.arrive(2) == .rejected(.queueFull(waiting: 0, retryAfter: 1)))
        try gate.finish(1)
        #expect(gate.arrive(3).isStarted)
    }

    @Test("Models do not share slots or queues")
    func modelsAreApart() throws {
        let gate = Gate(parallel: 1, queue: 1)
        #expect(gate.arrive(1, "llama2").isStarted)
        #expect(gate.arrive(2, "qwen3").isStarted)
        #expect(gate.arrive(3, "llama2").isQueued)
        try gate.finish(2)
        #expect(gate.takeHeard().isEmpty)
        #expect(gate.snapshot.models.map(\.name).sorted() == ["llama2", "qwen3"])
    }

    @Test(
        "Each outcome counts in its own total",
        arguments: [Outcome.completed(status: 500), .failed, .timedOut, .cancelled]
    )
    func countsOutcomes(outcome: Outcome) throws {
        let gate = Gate()
        gate.arrive(1)
        try gate.finish(1, outcome)
        let totals = try gate.reading().totals
        #expect(totals.requests == 1)
        #expect(totals.completed == (outcome == .completed(status: 500) ? 1 : 0))
        #expect(totals.failed == (outcome == .failed ? 1 : 0))
        #expect(totals.timedOut == (outcome == .timedOut ? 1 : 0))
        #expect(totals.cancelled == (outcome == .cancelled ? 1 : 0))
    }

    @Test("The averages are over those that got a slot, and over those that completed")
    func averages() throws {
        let gate = Gate(parallel: 1, queue: 10)
        gate.arrive(1)
        gate.arrive(2)
        gate.arrive(3)
        gate.wait(.seconds(4))
        try gate.finish(1)
        gate.wait(.seconds(2))
        try gate.finish(2, .failed)
        let totals = try gate.reading().totals
        #expect(totals.started == 3)
        #expect(totals.wait.sum == .seconds(10))
        #expect(totals.wait.mean == .seconds(10) / 3)
        #expect(totals.processing.mean == .seconds(4), "a request that failed says nothing about processing")
    }

    @Test("A slot has the wait of its request")
    func slotKnowsItsWait() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.wait(.milliseconds(30))
        gate.arrive(2)
        gate.wait(.milliseconds(12))
        try gate.finish(1)
        #expect(gate.slots[2]?.waited == .milliseconds(12))
    }

    @Test("Retry-After follows the queue, the processing time and the slots")
    func retryAfter() throws {
        let gate = Gate(parallel: 2, queue: 3)
        gate.arrive(1)
        gate.wait(.seconds(5))
        try gate.finish(1)
        for request in 2...6 { gate.arrive(request) }
        #expect(gate.arrive(7) == .rejected(.queueFull(waiting: 3, retryAfter: 10)))
    }

    @Test("An error reply completes its request, and its time does not count")
    func errorReplies() throws {
        let gate = Gate(parallel: 1, queue: 0)
        gate.arrive(0)
        gate.wait(.seconds(9))
        try gate.finish(0, firstByte: .seconds(3))
        for request in 1...80 {
            gate.arrive(request)
            gate.wait(.milliseconds(10))
            try gate.finish(request, .completed(status: request % 2 == 0 ? 400 : 500), firstByte: .milliseconds(5))
        }
        gate.arrive(100)
        #expect(gate.arrive(101) == .rejected(.queueFull(waiting: 0, retryAfter: 9)))
        let totals = try gate.reading().totals
        #expect(totals.completed == 81 && totals.errorReplies == 80)
        #expect(totals.processing.count == 1 && totals.processing.mean == .seconds(9))
        #expect(totals.firstByte.count == 1 && totals.firstByte.mean == .seconds(3))
        gate.reset()
        #expect(try gate.reading().totals.errorReplies == 0)
        #expect(try gate.reading().lifetime.errorReplies == 80)
    }

    @Test("A request for which there is no memory counts as rejected")
    func rejectsForMemory() throws {
        let gate = Gate()
        #expect(gate.rejectForMemory() == .queueFull(waiting: 0, retryAfter: 1))
        let totals = try gate.reading().totals
        #expect(totals.requests == 1)
        #expect(totals.rejected == 1)
    }

    @Test("Time that seems to run backwards is taken as standing still")
    func timeStandsStill() throws {
        let gate = Gate(parallel: 1)
        gate.wait(.seconds(5))
        gate.arrive(1)
        gate.wait(.seconds(-2))
        try gate.finish(1)
        let reading = try gate.reading()
        #expect(reading.totals.processing.mean == .zero)
        #expect(reading.uptime == .zero)
    }
}
