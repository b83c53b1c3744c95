// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Which models keep an entry")
struct ModelEntryTests {
    private func names(_ gate: Gate) -> [ModelName] {
        gate.snapshot.models.map(\.name).sorted()
    }

    @Test("A model that was only ever answered with 404 leaves no entry once idle")
    func notFound() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1, "typo")
        gate.arrive(2, "typo")
        try gate.finish(1, .completed(status: 404))
        #expect(self.names(gate) == ["typo"], "one is still active")
        try gate.finish(2, .completed(status: 404))
        #expect(self.names(gate).isEmpty)
    }

    @Test("Neither a failure nor a cancel is an answer")
    func noAnswer() throws {
        let gate = Gate()
        for (request, outcome) in [Outcome.failed, .cancelled, .timedOut].enumerated() {
            gate.arrive(request, "llama2")
            try gate.finish(request, outcome)
            #expect(self.names(gate) == ["llama2"])
        }
        gate.arrive(9, "llama2")
        try gate.finish(9, .completed(status: 404))
        #expect(self.names(gate).isEmpty)
    }

    @Test("A model that was answered once stays, even if later answers are 404")
    func wasThere() throws {
        let gate = Gate(parallel: 2)
        gate.arrive(1)
        gate.arrive(2)
        try gate.finish(1, .completed(status: 404))
        try gate.finish(2, .completed(status: 200))
        gate.arrive(3)
        try gate.finish(3, .completed(status: 404))
        #expect(self.names(gate) == ["llama2"])
        #expect(try gate.reading().totals.completed == 3)
    }

    @Test("A named model is kept whatever the backend answers")
    func named() throws {
        let gate = Gate(named: ["a": LimitOverrides(parallel: 2)], unnamedLimit: 0)
        #expect(self.names(gate) == ["a"])
        gate.arrive(1, "a")
        try gate.finish(1, .completed(status: 404))
        gate.arrive(2, "b")
        gate.update("b", parallel: 2)
        try gate.finish(2, .completed(status: 404))
        #expect(self.names(gate) == ["a", "b"])
    }

    @Test("Of unnamed models those used last are kept")
    func usedLast() throws {
        let gate = Gate(named: ["named": LimitOverrides()], unnamedLimit: 3)
        for (request, model) in (["a", "b", "c"] as [ModelName]).enumerated() {
            gate.arrive(request, model)
            try gate.finish(request)
        }
        gate.arrive(10, "a")
        try gate.finish(10)
        gate.arrive(11, "d")
        #expect(self.names(gate) == ["a", "c", "d", "named"])
        #expect(gate.rejectForMemory("e") == .queueFull(waiting: 0, retryAfter: 1))
        #expect(self.names(gate) == ["a", "d", "e", "named"])
        try gate.finish(11)
        gate.update("a", queue: 5)
        for (request, model) in (["f", "g", "h"] as [ModelName]).enumerated() {
            gate.arrive(20 + request, model)
            try gate.finish(20 + request)
        }
        #expect(self.names(gate) == ["a", "f", "g", "h", "named"])
    }

    @Test("A busy model is never dropped, however many others are used")
    func busyStays() throws {
        let gate = Gate(unnamedLimit: 2)
        for (request, model) in (["a", "b", "c"] as [ModelName]).enumerated() { gate.arrive(request, model) }
        #expect(self.names(gate) == ["a", "b", "c"], "more than the limit while they are busy")
        for request in 10..<20 {
            gate.arrive(request, ModelName("other-\(request)") ?? "")
            try gate.finish(request)
        }
        #expect(self.names(gate) == ["a", "b", "c"])
        try gate.finish(1)
        #expect(self.names(gate) == ["a", "c"])
        gate.arrive(30, "a")
        try gate.finish(0)
        try gate.finish(2)
        #expect(self.names(gate) == ["a", "c"])
        gate.arrive(31, "d")
        #expect(self.names(gate) == ["a", "d"])
    }

    @Test("Invented names leave the entries of those used last")
    func inventedNames() throws {
        let gate = Gate(unnamedLimit: 100)
        for request in 0..<5_000 {
            gate.arrive(request, ModelName("model-\(request)") ?? "")
            try gate.finish(request, request % 2 == 0 ? .completed(status: 404) : .cancelled)
        }
        #expect(gate.snapshot.models.count == 100)
        #expect(gate.snapshot.model("model-4999") != nil)
        #expect(gate.snapshot.model("model-4799") == nil)
    }

    @Test("A model that was dropped starts from nothing")
    func comesBack() throws {
        let gate = Gate()
        gate.arrive(1, "typo")
        try gate.finish(1, .completed(status: 404))
        gate.wait(.seconds(5))
        gate.arrive(2, "typo")
        gate.wait(.seconds(1))
        let reading = try gate.reading("typo")
        #expect(reading.totals.requests == 1)
        #expect(reading.uptime == .seconds(1))
    }
}
