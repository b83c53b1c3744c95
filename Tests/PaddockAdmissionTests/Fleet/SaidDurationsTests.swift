// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("What replies say of their times")
struct SaidDurationsTests {
    private static let second: Int64 = 1_000_000_000

    private static func durations(total: Int64, load: Int64, prompt: Int64, eval: Int64) -> ReplyDurations {
        var durations = ReplyDurations()
        durations.total = Nanoseconds(total)
        durations.load = Nanoseconds(load)
        durations.promptEval = Nanoseconds(prompt)
        durations.eval = Nanoseconds(eval)
        return durations
    }

    /// In seconds.
    private func durations(total: Double, load: Double, prompt: Double = 1, eval: Double = 1) -> ReplyDurations {
        func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
        return Self.durations(
            total: nanoseconds(total),
            load: nanoseconds(load),
            prompt: nanoseconds(prompt),
            eval: nanoseconds(eval)
        )
    }

    /// A backend on which nothing is loaded.
    private func gate(parallel: Int = 2) -> Gate {
        let gate = Gate(parallel: parallel, queue: 100, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe([])
        return gate
    }

    private func loadTime(_ gate: Gate, of name: ModelName = "a") throws -> Double {
        let model = try #require(gate.machine.models.index(of: name))
        return Double(gate.machine.fleet.loadTime(of: model)) / 1e9
    }

    // MARK: - Loads

    @Test("A load takes as long as the end of the stream says, and until then as long as the first byte")
    func stream() throws {
        let gate = self.gate()
        gate.arrive(1, "a", streams: true)
        gate.wait(.seconds(5))
        try gate.answered(1)
        #expect(try self.loadTime(gate) == 5)
        gate.wait(.seconds(3))
        try gate.finish(1, saying: self.durations(total: 8, load: 2, prompt: 3, eval: 3), isStream: true)
        #expect(try self.loadTime(gate) == 2)
        #expect(
            try self.loadTime(gate, of: self.other(gate)) == 2,
            "of what was never loaded, as the backend loads so fast"
        )
    }

    /// A model that was never loaded, of the same size as the one that was.
    private func other(_ gate: Gate) -> ModelName {
        gate.arrive(99, "b")
        return "b"
    }

    @Test("The time of a whole reply is not taken for a load")
    func whole() throws {
        let gate = self.gate()
        gate.arrive(1, "a")
        gate.wait(.seconds(60))
        try gate.finish(1, saying: self.durations(total: 60, load: 4, prompt: 1, eval: 55))
        #expect(try self.loadTime(gate) == 4)
        #expect(gate.snapshot.fleet.loadTimes.count == 1 && gate.snapshot.fleet.loadTimes.sum == .seconds(4))
    }

    @Test("Who came while it was being loaded waited for the rest of the load")
    func late() throws {
        let gate = self.gate()
        gate.arrive(1, "a", streams: true)
        gate.wait(.seconds(3))
        gate.arrive(2, "a", streams: true)
        gate.wait(.seconds(7))
        try gate.answered(2)
        gate.wait(.seconds(1))
        try gate.finish(2, saying: self.durations(total: 8, load: 5), isStream: true)
        #expect(try self.loadTime(gate) == 8)
    }

    @Test("Who came after the load says nothing about it")
    func after() throws {
        let gate = self.gate()
        gate.arrive(1, "a", streams: true)
        gate.wait(.seconds(5))
        try gate.answered(1)
        gate.wait(.seconds(1))
        gate.arrive(2, "a")
        gate.wait(.seconds(3))
        try gate.finish(2, saying: self.durations(total: 3, load: 0.02, prompt: 1, eval: 1.9))
        #expect(try self.loadTime(gate) == 5)
    }

    @Test(
        "What cannot be is no measurement",
        arguments: [
            (100_000_000_000, 1, 1, 1),
            (10_000_000_000, 9_000_000_000, 9_000_000_000, 9_000_000_000),
            (999_999_999_999_999_999, 999_999_999_999_999_999, 0, 0),
            (.max, .max, .max, .max),
            (.min, .min, .min, .min),
            (0, 2_000_000_000, 0, 0),
        ] as [(total: Int64, load: Int64, prompt: Int64, eval: Int64)]
    )
    func lies(total: Int64, load: Int64, prompt: Int64, eval: Int64) throws {
        let durations = Self.durations(total: total, load: load, prompt: prompt, eval: eval)
        let gate = self.gate()
        gate.arrive(1, "a", streams: true)
        gate.wait(.seconds(5))
        try gate.answered(1)
        gate.wait(.seconds(5))
        try gate.finish(1, saying: durations, isStream: true)
        #expect(try self.loadTime(gate) == 5)
    }

    @Test("No load is longer than the first byte took")
    func longest() throws {
        let gate = self.gate()
        gate.arrive(1, "a", streams: true)
        gate.wait(.seconds(5))
        try gate.answered(1)
        gate.wait(.seconds(50))
        try gate.finish(1, saying: self.durations(total: 55, load: 50), isStream: true)
        #expect(try self.loadTime(gate) == 5)
    }

    // MARK: - Waiting inside

    /// Forty whole replies, four at a time, of which each says the same part of its time.
    private func limit(after durations: (_ seconds: Double) -> ReplyDurations) throws -> Int {
        let gate = Gate(parallel: 4, queue: 100, maxLoaded: 1)
        gate.install(["a"])
        gate.observe(["a"])
        for request in 1...60 { gate.arrive(request, "a") }
        for _ in 1...20 {
            gate.wait(.seconds(1))
            let (next, slot) = try #require(gate.slots.min { $0.key < $1.key })
            try gate.finish(next, saying: durations((gate.now - slot.started).milliseconds / 1000))
        }
        let model = try #require(gate.machine.models.index(of: "a"))
        return gate.machine.fleet.limit(of: model, on: 0)
    }

    @Test("Where whole replies say that they waited inside the backend, fewer are sent at once")
    func waitsInside() throws {
        #expect(try self.limit { self.durations(total: $0, load: 0.01, prompt: 0.2, eval: 0.3) } < 4)
        #expect(try self.limit { self.durations(total: $0, load: 0.01, prompt: $0 / 4, eval: $0 * 0.74) } == 4)
    }

    @Test("A wait that is longer than the request was there is none")
    func impossibleWait() throws {
        #expect(try self.limit { self.durations(total: 10 * $0 + 5, load: 0, prompt: 0.1, eval: 0.1) } == 4)
    }

    @Test("A client that reads slowly does not look as if its request had waited")
    func slowReader() {
        let durations = self.durations(total: 60, load: 0, prompt: 1, eval: 2)
        #expect(durations.waitedInside(firstByte: nil) == true)
        #expect(durations.waitedInside(firstByte: Self.second) == false)
        #expect(durations.waitedInside(firstByte: 20 * Self.second) == true)
        #expect(self.durations(total: 60, load: 1, prompt: 0, eval: 0).waitedInside(firstByte: nil) == nil)
    }
}
