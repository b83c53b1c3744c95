// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Deadlines that clients state")
struct StatedDeadlineTests {
    /// A gate whose model has answered a number of requests: each took 2 s and its first byte 1 s, but one in four twice as long.
    private func gate(parallel: Int = 1, samples: Int = 16, isStream: Bool = false, status: Int = 200) throws -> Gate {
        let gate = Gate(parallel: parallel, queue: 100)
        for request in 0..<samples {
            let factor = request % 4 == 0 ? 2 : 1
            gate.arrive(request)
            gate.wait(.seconds(2 * factor))
            try gate.finish(request, .completed(status: status), firstByte: .seconds(factor), isStream: isStream)
        }
        gate.reset()
        return gate
    }

    private func tooLate(firstByte: Int, left: Int) -> Arrival {
        .rejected(.wouldTimeOut(firstByte: .seconds(firstByte), left: .milliseconds(left), retryAfter: 1))
    }

    @Test("A newcomer that would have to wait and cannot have its first byte in time is rejected at once")
    func atArrival() throws {
        let gate = try self.gate()
        gate.arrive(100)
        #expect(gate.arrive(101, patience: .milliseconds(999)) == self.tooLate(firstByte: 1, left: 999))
        #expect(gate.arrive(102, patience: .seconds(1)).isQueued)
        let late = self.tooLate(firstByte: 3, left: 2_999)
        #expect(gate.arrive(103, patience: .milliseconds(2_999)) == late, "one more goes before it")
        #expect(gate.arrive(104, within: .milliseconds(2_999)) == late, "whoever set the deadline")
        #expect(gate.arrive(105, within: .milliseconds(-1)) == self.tooLate(firstByte: 3, left: 0))
        let totals = try gate.reading().totals
        #expect(totals.wouldTimeOut == 4)
        #expect(totals.requests == 6)
    }

    @Test("If a slot is free it starts, whatever the estimate")
    func startsOnAFreeSlot() throws {
        #expect(try self.gate().arrive(100, patience: .milliseconds(1)).isStarted)
    }

    @Test(
        "No request is rejected by a guess: not with fewer than eight times, and not by times of refusals",
        arguments: [(7, 200), (16, 404), (16, 500)]
    )
    func noGuess(samples: Int, status: Int) throws {
        let gate = try self.gate(samples: samples, status: status)
        gate.arrive(100)
        guard case .queued(_, _, let wait) = gate.arrive(101, patience: .milliseconds(1)) else {
            Issue.record("it should wait")
            return
        }
        #expect(wait == nil)
    }

    @Test("Streams and whole replies have first bytes of their own")
    func firstBytesByKind() throws {
        let gate = try self.gate(isStream: true)
        gate.arrive(100)
        let late = self.tooLate(firstByte: 1, left: 999)
        #expect(gate.arrive(101, streams: true, patience: .milliseconds(999)) == late)
        #expect(gate.arrive(102, streams: false, patience: .milliseconds(999)).isQueued)
    }

    @Test("A waiter whose deadline is nearer than the fastest first bytes is answered then, and not at its deadline")
    func whileWaiting() throws {
        let gate = try self.gate()
        let begin = gate.now
        gate.arrive(100)
        gate.arrive(101, patience: .seconds(10))
        while let next = gate.nextDeadline, try gate.reading().queued > 0 {
            gate.wait(next - gate.now)
            gate.deadlineReached()
        }
        let left = Nanoseconds.seconds(1) - .nanoseconds(1)
        #expect(gate.takeHeard() == [.reject(101, .wouldTimeOut(firstByte: .seconds(1), left: left, retryAfter: 1))])
        #expect(gate.now - begin == .seconds(9) + .nanoseconds(1))
        #expect(try gate.reading().totals.wouldTimeOut == 1)
        #expect(try gate.reading().totals.timedOut == 0)
    }

    @Test("Times that are learned while it waits count for a waiter, too")
    func learnsWhileWaiting() throws {
        let gate = Gate(parallel: 1, queue: 100)
        gate.arrive(0)
        gate.arrive(101, of: Client(name: "patient"), .batch, patience: .seconds(40))
        for request in 1...11 { gate.arrive(request) }
        for request in 0...10 {
            gate.wait(.seconds(1))
            try gate.finish(request, firstByte: .seconds(1))
        }
        while let next = gate.nextDeadline, try gate.reading().totals.wouldTimeOut == 0, gate.now < .seconds(50) {
            gate.wait(next - gate.now)
            gate.deadlineReached()
        }
        #expect(gate.now >= .seconds(39) && gate.now <= .seconds(39) + .milliseconds(101))
        #expect(try gate.reading().totals.timedOut == 0)
    }

    @Test("A waiter with nothing but the configured timeout times out at its deadline")
    func configuredTimeout() throws {
        let gate = try self.gate()
        gate.arrive(100)
        gate.arrive(101, within: .seconds(10))
        gate.wait(.milliseconds(9_900))
        gate.deadlineReached()
        #expect(gate.takeHeard().isEmpty)
        gate.wait(.milliseconds(100))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(101, waited: .seconds(10))])
    }

    @Test("While others wait, no slot goes to a client that would probably leave before its first byte")
    func atItsTurn() throws {
        let gate = try self.gate()
        gate.arrive(100)
        gate.arrive(101, patience: .seconds(4))
        gate.arrive(102)
        gate.wait(.milliseconds(2_500))
        try gate.finish(100)
        let late = Rejection.wouldTimeOut(firstByte: .seconds(2), left: .milliseconds(1_500), retryAfter: 5)
        #expect(gate.takeHeard() == [.reject(101, late), .start(102, backend: 0)])
    }

    @Test("If no other request waits it gets the slot as long as it may be in time")
    func aloneAtItsTurn() throws {
        let gate = try self.gate()
        gate.arrive(100)
        gate.arrive(101, patience: .seconds(4))
        gate.wait(.milliseconds(2_500))
        try gate.finish(100)
        #expect(gate.takeHeard() == [.start(101, backend: 0)])
    }

    @Test("One that waits again is given up as any other, once")
    func putBack() throws {
        let gate = Gate(parallel: 1, queue: 10, backends: 2)
        for request in 0..<8 {
            gate.arrive(request)
            gate.wait(.seconds(2))
            try gate.finish(request, firstByte: .seconds(1))
        }
        gate.arrive(100, patience: .seconds(5))
        gate.arrive(101)
        #expect(try gate.backendUnreachable(100) == .queued(try #require(gate.tickets[100])))
        while let next = gate.nextDeadline, try gate.reading().queued > 0 {
            gate.wait(next - gate.now)
            gate.deadlineReached()
        }
        let left = Nanoseconds.seconds(1) - .nanoseconds(1)
        #expect(gate.takeHeard() == [.reject(100, .wouldTimeOut(firstByte: .seconds(1), left: left, retryAfter: 2))])
        #expect(gate.now == Instant(nanoseconds: 20_000_000_001))
    }
}
