// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

/// A machine with 1 ms per prompt token, 10 ms per answer token and 1 s to load a model, run in virtual time.
private struct World {
    private static let millisecond: Int64 = 1_000_000

    var machine: SimulatorStateMachine<String>
    /// Who finished when, in milliseconds, with its report.
    private(set) var finished: [(client: String, at: Int64, report: RequestReport)] = []
    private(set) var now: Int64 = 0
    private var ids = 0

    init(slots: Int = 1, maxLoadedModels: Int = 3, slowdown: Double = 0) {
        self.machine = SimulatorStateMachine(
            hardware: Hardware(
                prefillNanoseconds: 1e6,
                decodeNanoseconds: 1e7,
                slowdown: slowdown,
                loadNanoseconds: 1_000_000_000,
                slotsPerModel: slots,
                maxLoadedModels: maxLoadedModels,
                contextLength: 4096,
                keepAlive: .forever
            )
        )
    }

    mutating func arrive(_ client: String, model: String = "m", tokens: Int = 10, contextLength: Int? = nil) -> Int {
        self.ids += 1
        let work = Work(
            model: model,
            contextLength: contextLength,
            promptTokens: 5,
            kind: .generate(answerTokens: tokens)
        )
        self.take(self.machine.arrive(self.ids, work: work, client: client, now: self.now))
        return self.ids
    }

    mutating func cancel(_ id: Int) { self.take(self.machine.cancel(id, now: self.now)) }

    /// Lets time pass until nothing is left to do, or a number of milliseconds has passed.
    mutating func run(for milliseconds: Int64 = 1_000_000) {
        let end = self.now + milliseconds * Self.millisecond
        while let deadline = self.machine.nextDeadline(), deadline <= end {
            self.now = max(self.now, deadline)
            self.take(self.machine.advance(to: self.now))
        }
        self.now = max(self.now, min(end, self.now + milliseconds * Self.millisecond))
    }

    private mutating func take(_ actions: [SimulatorStateMachine<String>.Action]) {
        for case .finish(let client, let report) in actions {
            self.finished.append((client, self.now / Self.millisecond, report))
        }
    }
}

@Suite("The simulated backend")
struct SimulatorStateMachineTests {
    @Test("A first request loads the model, reads its prompt and then speaks token by token")
    func firstRequest() throws {
        var world = World()
        _ = world.arrive("a")
        world.run()
        let end = try #require(world.finished.first)
        #expect(end.report.answerTokens == 10)
        #expect(end.report.load == 1_000_000_000)
        #expect(end.report.total == end.report.load + end.report.prefill + end.report.decode)
        #expect(end.at == 1000 + 5 + 100)
    }

    @Test("With one slot requests run one after the other, in the order of arrival")
    func oneSlot() {
        var world = World()
        for client in ["a", "b", "c"] { _ = world.arrive(client) }
        world.run()
        #expect(world.finished.map(\.client) == ["a", "b", "c"])
        #expect(world.finished.map(\.at) == [1105, 1210, 1315])
    }

    @Test("Tokens come slower while more slots are busy")
    func slowdown() throws {
        var alone = World(slots: 2, slowdown: 0.5)
        _ = alone.arrive("a")
        alone.run()
        var together = World(slots: 2, slowdown: 0.5)
        _ = together.arrive("a")
        _ = together.arrive("b")
        together.run()
        let single = try #require(alone.finished.first)
        #expect(together.finished.count == 2)
        #expect(together.finished.allSatisfy { $0.report.decode > single.report.decode })
    }

    @Test("A client that goes away frees its slot at once")
    func cancel() {
        var world = World()
        let first = world.arrive("a", tokens: 1_000_000)
        _ = world.arrive("b")
        world.run(for: 2000)
        #expect(world.finished.isEmpty)
        world.cancel(first)
        world.run()
        #expect(world.finished.map(\.client) == ["b"])
        #expect(world.machine.busySlots == 0 && world.machine.entries.isEmpty)
    }

    @Test("Another context length loads the same model again")
    func reload() throws {
        var world = World()
        _ = world.arrive("a")
        world.run()
        _ = world.arrive("b", contextLength: 8192)
        world.run()
        #expect(try #require(world.finished.last).report.load == 1_000_000_000)
        #expect(world.machine.runners["m"]?.contextLength == 8192)
    }

    @Test("If no more models fit, the least recently used is unloaded")
    func leastRecentlyUsed() {
        var world = World(maxLoadedModels: 2)
        for model in ["x", "y", "x", "z"] {
            _ = world.arrive(model, model: model)
            world.run()
        }
        #expect(Set(world.machine.runners.keys) == ["x", "z"])
    }
}
