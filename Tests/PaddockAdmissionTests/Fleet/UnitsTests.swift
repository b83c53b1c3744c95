// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Requests of several inputs")
struct UnitsTests {
    private func arrive(_ gate: Gate, _ request: Int, _ model: ModelName, of client: String, units: Int) {
        var arriving = gate.arriving(
            request,
            model,
            of: Client(name: client),
            .interactive,
            streams: false,
            within: nil,
            patience: nil
        )
        arriving.units = units
        gate.arrive(request, arriving)
    }

    /// What the account of a request's client has had, in seconds.
    private func service(_ gate: Gate, ofClientOf request: Int) throws -> Double {
        let index = try #require(gate.slots[request]).ticket.index
        return gate.machine.fleet.ledger.accounts.service(of: gate.machine.requests.entries[index].account) / 1e9
    }

    @Test(
        "A request of several inputs counts as that many slots, at most as many as there are",
        arguments: [1, 2, 4, 1_000]
    )
    func slots(units: Int) throws {
        let gate = Gate(parallel: 4, queue: 10)
        self.arrive(gate, 1, "a", of: "many", units: units)
        for request in 2...4 { self.arrive(gate, request, "a", of: "one", units: 1) }
        self.arrive(gate, 5, "a", of: "many", units: 1)
        self.arrive(gate, 6, "a", of: "one", units: 1)
        try gate.finish(4)
        // Of three requests and one that counts as four the former are less.
        #expect(gate.takeHeard() == [.start(units >= 4 ? 6 : 5, backend: 0)])
    }

    @Test("It is charged anew when all its slots have used up what it was charged")
    func charges() throws {
        let gate = Gate(parallel: 4, queue: 10)
        self.arrive(gate, 1, "a", of: "many", units: 4)
        let index = try #require(gate.slots[1]).ticket.index
        #expect(gate.machine.requests.entries[index].charged == 4_000_000_000)
        gate.wait(.milliseconds(900))
        gate.arrive(2, "b")
        #expect(gate.machine.requests.entries[index].charged == 4_000_000_000)
        gate.wait(.milliseconds(200))
        gate.arrive(3, "b")
        #expect(gate.machine.requests.entries[index].charged == 8_000_000_000)
    }

    @Test("At its end it has had the slot time of all its slots")
    func end() throws {
        let gate = Gate(parallel: 4, queue: 10)
        self.arrive(gate, 1, "a", of: "nobody", units: 1)
        self.arrive(gate, 2, "a", of: "many", units: 4)
        self.arrive(gate, 3, "a", of: "one", units: 1)
        gate.wait(.seconds(10))
        try gate.finish(2)
        try gate.finish(3)
        for request in 4...6 { self.arrive(gate, request, "a", of: "nobody", units: 1) }
        self.arrive(gate, 7, "a", of: "many", units: 1)
        self.arrive(gate, 8, "a", of: "one", units: 1)
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(8, backend: 0)])
    }

    @Test("An account pays for each input as for a request, and the machine time of all adds up to what has passed")
    func machineTime() throws {
        let gate = Gate(parallel: 2, queue: 10, maxLoaded: 2)
        gate.install(["a", "b"])
        gate.observe(["a", "b"])
        self.arrive(gate, 90, "a", of: "nobody", units: 1)
        self.arrive(gate, 91, "b", of: "nobody", units: 1)
        try gate.finish(90)
        try gate.finish(91)
        self.arrive(gate, 1, "a", of: "many", units: 3)
        self.arrive(gate, 2, "b", of: "one", units: 1)
        self.arrive(gate, 3, "a", of: "many", units: 1)
        self.arrive(gate, 4, "b", of: "one", units: 1)
        try gate.finish(3)
        try gate.finish(4)
        let begin = (many: try self.service(gate, ofClientOf: 1), one: try self.service(gate, ofClientOf: 2))
        gate.wait(.seconds(8))
        self.arrive(gate, 5, "a", of: "many", units: 1)
        self.arrive(gate, 6, "b", of: "one", units: 1)
        try gate.finish(1)
        try gate.finish(2)
        let end = (many: try self.service(gate, ofClientOf: 5), one: try self.service(gate, ofClientOf: 6))
        // At the start each was charged an estimate: a typical second for each slot, of which there are two. The last ones still are.
        let many = end.many - begin.many + 1 - 0.5
        let one = end.one - begin.one + 0.5 - 0.5
        #expect(abs(many - 6) < 0.01 && abs(one - 2) < 0.01, "\(many), \(one), \(begin)")
    }

    @Test("However many inputs a body claims, nothing overflows", arguments: [0, -1, Int.max, Int(Int32.max)])
    func extremes(units: Int) throws {
        let gate = Gate(parallel: 10_000, queue: 10, maxLoaded: 2)
        gate.install(["a", "b"])
        gate.observe(["a", "b"])
        self.arrive(gate, 90, "b", of: "nobody", units: 1)
        for request in 1...50 { self.arrive(gate, request, "a", of: "many", units: units) }
        for _ in 1...20 {
            gate.wait(.seconds(1_000_000))
            gate.deadlineReached()
        }
        for request in 1...50 { try gate.finish(request) }
        self.arrive(gate, 91, "a", of: "one", units: 1)
        #expect(gate.slots[91] != nil)
    }
}
