// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Resetting totals")
struct ResetTests {
    @Test("A reset zeroes totals and uptime, but never what is live")
    func zeroes() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2)
        gate.wait(.seconds(10))
        #expect(try gate.reading().uptime == .seconds(10))
        #expect(gate.reset("llama2"))
        let reading = try gate.reading()
        #expect(reading.totals == Totals())
        #expect(reading.uptime == .zero)
        #expect(reading.active == 1)
        #expect(reading.queued == 1)
    }

    @Test("Requests that arrived before a reset never count in the totals after it")
    func inFlight() throws {
        let gate = Gate(parallel: 1)
        for request in 1...4 { gate.arrive(request, within: .seconds(request == 4 ? 5 : 50)) }
        gate.reset()
        gate.arrive(5)
        gate.wait(.seconds(5))
        try gate.finish(1)
        #expect(try gate.cancel(3))
        try gate.finish(2, .failed)
        #expect(
            gate.takeHeard() == [
                .timeOut(4, waited: .seconds(5)), .start(2, backend: 0), .start(5, backend: 0),
            ]
        )
        let totals = try gate.reading().totals
        #expect(totals.requests == 1)
        #expect(totals.started == 1)
        #expect(totals.wait.sum == .seconds(5))
        #expect(
            [totals.completed, totals.rejected, totals.failed, totals.timedOut, totals.cancelled] == [0, 0, 0, 0, 0]
        )
        try gate.finish(5)
        #expect(try gate.reading().totals.completed == 1)
    }

    @Test("A reset of one model leaves the others alone")
    func oneModel() throws {
        let gate = Gate()
        gate.arrive(1, "a")
        gate.arrive(2, "b")
        #expect(gate.reset("a"))
        #expect(try gate.reading("a").totals.requests == 0)
        #expect(try gate.reading("b").totals.requests == 1)
        #expect(!gate.reset("c"))
        #expect(gate.reset())
        #expect(try gate.reading("b").totals.requests == 0)
    }

    @Test("A reset of all zeroes what invented names have had, and only that")
    func inventedNames() throws {
        let gate = Gate(parallel: 2)
        gate.arrive(1, "typo")
        try gate.finish(1, .completed(status: 404))
        #expect(gate.snapshot.unknownTotals.replies.sum[.clientError] == 1)
        #expect(gate.snapshot.replies.sum.total == 1)
        gate.arrive(2, "another")
        gate.reset()
        #expect(gate.snapshot.replies == RepliesByBackend())
        // It arrived before the reset.
        try gate.finish(2, .completed(status: 404))
        #expect(gate.snapshot.unknownTotals.requests == 0)
        #expect(gate.snapshot.replies == RepliesByBackend())
        #expect(gate.snapshot.unknown.replies.sum[.clientError] == 2)
    }

    @Test("What a model had before it was known counts once")
    func becomesKnown() throws {
        let gate = Gate()
        gate.arrive(1, "new")
        try gate.finish(1, .failed, behind: 200)
        gate.arrive(2, "new")
        try gate.finish(2, .completed(status: 500))
        gate.arrive(3, "new")
        try gate.finish(3)
        let replies = try gate.reading("new").totals.replies.sum
        #expect([replies[.success], replies[.serverError]] == [2, 1])
        #expect(gate.snapshot.unknownTotals == Totals())
        #expect(gate.snapshot.replies.sum == replies)
    }

    @Test("What a removed backend answered stays counted, and is its own when it comes back")
    func backendThatComesBack() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        let other = gate.addBackend()
        gate.openBackend(other)
        gate.arrive(2)
        #expect(gate.closeBackend(other, isRemoved: true))
        try gate.finish(2, .completed(status: 500))
        try gate.finish(1)
        let replies = try gate.reading().replies
        #expect([replies[0][.success], replies[other][.serverError]] == [1, 1])
        let third = gate.addBackend()
        gate.openBackend(third)
        gate.openBackend(other)
        for request in 3...5 { gate.arrive(request) }
        for request in 3...5 { try gate.finish(request) }
        let later = try gate.reading().replies
        #expect([later[other].total, later[third].total, later[0].total] == [2, 1, 2])
        gate.reset()
        #expect(try gate.reading().replies == RepliesByBackend())
    }
}
