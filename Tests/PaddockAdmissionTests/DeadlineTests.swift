// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Deadlines")
struct DeadlineTests {
    @Test("A waiter times out exactly at its deadline")
    func timesOutAtDeadline() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2, within: .seconds(3))
        #expect(gate.nextDeadline == .seconds(3))
        gate.wait(.seconds(3) - .nanoseconds(1))
        gate.deadlineReached()
        #expect(gate.takeHeard().isEmpty)
        #expect(gate.nextDeadline == .seconds(3), "called too early, it asks again")
        gate.wait(.nanoseconds(1))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(2, waited: .seconds(3))])
        #expect(gate.nextDeadline == nil)
        #expect(try gate.reading().totals.timedOut == 1)
        #expect(try gate.reading().queued == 0)
    }

    @Test("It asks only for a deadline that is earlier than the one it asked for")
    func asksForTheEarliest() {
        let gate = Gate(parallel: 1)
        gate.arrive(1, within: .seconds(1))
        #expect(gate.nextDeadline == nil, "what does not wait cannot time out here")
        gate.arrive(2, within: .seconds(5))
        gate.arrive(3, within: .seconds(9))
        #expect(gate.nextDeadline == .seconds(5))
        gate.arrive(4, within: .seconds(2))
        #expect(gate.nextDeadline == .seconds(2))
        gate.wait(.seconds(2))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(4, waited: .seconds(2))])
        #expect(gate.nextDeadline == .seconds(5))
    }

    @Test("A waiter that left does not time out, and its deadline is forgotten")
    func forgetsThoseThatLeft() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2, within: .seconds(5))
        gate.arrive(3, within: .seconds(6))
        gate.arrive(4, within: .seconds(7))
        #expect(try gate.cancel(3))
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        gate.wait(.seconds(5))
        gate.deadlineReached()
        #expect(gate.takeHeard().isEmpty)
        #expect(gate.nextDeadline == .seconds(7))
    }

    @Test("A slot never goes to a waiter whose deadline has passed, even if the timer is late")
    func lateTimer() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2, within: .seconds(1))
        gate.arrive(3, within: .seconds(9))
        gate.wait(.seconds(1))
        try gate.finish(1)
        #expect(gate.takeHeard() == [.timeOut(2, waited: .seconds(1)), .start(3, backend: 0)])
    }

    @Test("A waiter whose deadline has passed makes room for an arrival")
    func makesRoom() {
        let gate = Gate(parallel: 1, queue: 1)
        gate.arrive(1)
        gate.arrive(2, within: .seconds(1))
        gate.wait(.seconds(1))
        #expect(gate.arrive(3).isQueued)
        #expect(gate.takeHeard() == [.timeOut(2, waited: .seconds(1))])
    }

    @Test("A request that arrives after its deadline and has to wait is timed out at the next call")
    func arrivesTooLate() {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        #expect(gate.arrive(2, within: .seconds(-1)).isQueued)
        #expect(gate.nextDeadline == .seconds(-1))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(2, waited: .zero)])
    }

    @Test("Deadlines added in any order are due in order, also after thousands have left early")
    func manyDeadlines() throws {
        let gate = Gate(parallel: 1, queue: 10_000)
        var random = SeededRandom(seed: 7)
        gate.arrive(0)
        var deadlines: [Int: Int] = [:]
        for request in 1...3_000 {
            let seconds = Int.random(in: 1...500, using: &random)
            gate.arrive(request, within: .seconds(seconds))
            deadlines[request] = seconds
            if request % 4 != 0 {
                #expect(try gate.cancel(request))
                deadlines[request] = nil
            }
        }
        for second in 1...500 {
            gate.wait(.seconds(1))
            gate.deadlineReached()
            let due = Set(deadlines.filter { $0.value == second }.keys)
            #expect(Set(gate.takeHeard()) == Set(due.map { .timeOut($0, waited: .seconds(second)) }))
        }
        #expect(gate.nextDeadline == nil)
    }
}
