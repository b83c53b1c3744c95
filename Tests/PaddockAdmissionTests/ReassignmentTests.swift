// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("A backend that cannot be reached")
struct ReassignmentTests {
    @Test("The request starts on another healthy backend with a free slot")
    func startsElsewhere() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.wait(.seconds(3))
        guard case .start(let slot) = try gate.backendUnreachable(1) else {
            Issue.record("it should have started")
            return
        }
        #expect(slot.backend == 1)
        #expect(slot.waited == .seconds(3), "it has waited since it arrived")
        #expect(gate.snapshot.backends.map(\.isHealthy) == [false, true])
        let totals = try gate.reading().totals
        #expect(totals.requests == 1)
        #expect(totals.started == 1)
        #expect(totals.wait.sum == .seconds(3))
        try gate.finish(1)
        #expect(try gate.reading().totals.completed == 1)
    }

    @Test("If the others are busy it waits again, first in the queue, whatever the queue limit")
    func waitsFirst() throws {
        let gate = Gate(parallel: 1, queue: 1, backends: 2)
        gate.arrive(1, within: .seconds(60))
        gate.arrive(2)
        gate.arrive(3)
        #expect(try gate.backendUnreachable(1) == .queued(try #require(gate.tickets[1])))
        let reading = try gate.reading()
        #expect(reading.active == 1)
        #expect(reading.queued == 2)
        #expect(reading.totals.started == 1)
        #expect(gate.nextDeadline == .seconds(60), "it can time out again")
        #expect(gate.arrive(4) == .rejected(.queueFull(waiting: 2, retryAfter: 1)))
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(1, backend: 1)])
    }

    @Test(
        "Several that wait again do so in the order in which they arrived",
        arguments: [[1, 2, 3], [3, 1, 2], [2, 3, 1]]
    )
    func keepsOrder(unreachable: [Int]) throws {
        let gate = Gate(parallel: 3, backends: 2)
        gate.setBackend(1, healthy: false)
        for request in 1...3 { gate.arrive(request) }
        gate.setBackend(1, healthy: true)
        for request in 4...6 { gate.arrive(request) }
        #expect(gate.arrive(7).isQueued)
        for request in unreachable { try gate.backendUnreachable(request) }
        for request in 4...6 { try gate.finish(request) }
        #expect(gate.takeHeard() == [1, 2, 3].map { .start($0, backend: 1) })
    }

    @Test("One that waits again can be cancelled or time out")
    func leavesAgain() throws {
        let gate = Gate(parallel: 1, backends: 3)
        gate.arrive(1, within: .seconds(60))
        gate.arrive(2, within: .seconds(60))
        gate.arrive(3)
        try gate.backendUnreachable(1)
        try gate.backendUnreachable(2)
        #expect(try gate.cancel(1))
        gate.wait(.seconds(60))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(2, waited: .seconds(60))])
        let totals = try gate.reading().totals
        #expect(totals.cancelled == 1)
        #expect(totals.timedOut == 1)
    }

    @Test("If no other backend is healthy the request has failed")
    func noBackend() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.arrive(2)
        gate.arrive(3)
        try gate.backendUnreachable(1)
        #expect(try gate.backendUnreachable(2) == .noBackend)
        #expect(gate.takeHeard() == [.start(1, backend: 0), .start(3, backend: 1)], "now all are usable")
        let reading = try gate.reading()
        #expect(reading.totals.failed == 1)
        #expect(reading.active == 2)
    }

    @Test("With a single backend the next waiter tries it")
    func singleBackend() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2)
        #expect(try gate.backendUnreachable(1) == .noBackend)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        #expect(try gate.backendUnreachable(2) == .noBackend)
        #expect(try gate.reading().totals.failed == 2)
    }

    @Test("While draining it starts elsewhere or is rejected, but does not wait")
    func whileDraining() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.arrive(2)
        gate.drain()
        #expect(try gate.backendUnreachable(1) == .rejected(.shuttingDown(retryAfter: 1)))
        #expect(try gate.reading().totals.rejected == 1)
        #expect(try gate.backendUnreachable(2) == .noBackend)
    }

    @Test("A reset in between is not upset by the wait that is undone")
    func reset() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.reset()
        try gate.backendUnreachable(1)
        try gate.finish(1)
        #expect(try gate.reading().totals == Totals())
    }
}
