// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("What is counted for ever")
struct LifetimeTests {
    /// What was counted for models that are not known, the live ones included.
    private func unknown(_ gate: Gate) -> Totals {
        let snapshot = gate.snapshot
        return snapshot.models.filter { !$0.isKnown }.reduce(snapshot.unknown) { $0 + $1.lifetime }
    }

    private func run(_ gate: Gate, _ request: Int, _ model: ModelName, status: Int) throws {
        gate.arrive(request, model)
        gate.wait(.seconds(1))
        try gate.finish(request, .completed(status: status))
    }

    @Test("A reset takes nothing away, and what was in flight counts on")
    func reset() throws {
        let gate = Gate(named: ["llama2": LimitOverrides(parallel: 1)])
        try self.run(gate, 1, "llama2", status: 200)
        gate.arrive(2)
        gate.wait(.seconds(3))
        gate.reset()
        try gate.finish(2)
        try self.run(gate, 3, "llama2", status: 200)
        let reading = try gate.reading()
        #expect([reading.lifetime.requests, reading.lifetime.completed] == [3, 3])
        #expect(reading.lifetime.processing.sum == .seconds(5))
        #expect([reading.totals.requests, reading.totals.completed] == [1, 1])
        #expect(reading.totals.processing.sum == .seconds(1))
    }

    @Test("A model counts under its name from the first answer that is not 404, and nothing counts twice or goes back")
    func becomesKnown() throws {
        let gate = Gate()
        gate.arrive(1, "new")
        try gate.finish(1, .failed)
        #expect(try !gate.reading("new").isKnown)
        #expect([self.unknown(gate).requests, self.unknown(gate).failed] == [1, 1])
        try self.run(gate, 2, "new", status: 200)
        try self.run(gate, 3, "new", status: 200)
        let reading = try gate.reading("new")
        #expect(reading.isKnown)
        // The answer that made it known still counts in the series of its arrival.
        #expect([self.unknown(gate).requests, reading.lifetime.requests] == [2, 1])
        #expect([self.unknown(gate).completed, reading.lifetime.completed] == [1, 1])
        #expect([reading.totals.requests, reading.totals.completed, reading.totals.failed] == [3, 2, 1])
        gate.reset("new")
        #expect(try gate.reading("new").totals == Totals())
        #expect(try gate.reading("new").lifetime.completed == 1)
    }

    @Test("Invented names leave their counts, and no name")
    func invented() throws {
        let gate = Gate(unnamedLimit: 2)
        for request in 1...10 { try self.run(gate, request, ModelName(stringLiteral: "typo-\(request)"), status: 404) }
        for request in 11...20 {
            gate.arrive(request, ModelName(stringLiteral: "dead-\(request)"))
            try gate.finish(request, .failed)
        }
        #expect(gate.snapshot.models.count { $0.isKnown } == 0)
        #expect([self.unknown(gate).completed, self.unknown(gate).failed] == [10, 10])
    }

    @Test("The number of unnamed models that become known is bounded, and named ones always do")
    func bounded() throws {
        let gate = Gate(unnamedLimit: 2)
        for request in 1...5 { try self.run(gate, request, ModelName(stringLiteral: "model-\(request)"), status: 200) }
        #expect(self.unknown(gate).completed == 5)
        gate.update("mine", queue: 1)
        try self.run(gate, 6, "mine", status: 404)
        #expect(try gate.reading("mine").lifetime.completed == 1)
        try self.run(gate, 7, "model-7", status: 200)
        try self.run(gate, 8, "model-7", status: 200)
        #expect(try !gate.reading("model-7").isKnown)
    }
}
