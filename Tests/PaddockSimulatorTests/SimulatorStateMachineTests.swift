// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

@Suite("The simulated backend")
struct SimulatorStateMachineTests {
    @Test("A first request loads the model, reads its prompt and then speaks token by token")
    func firstRequest() throws {
        var world = SimulatorWorld()
        world.arrive("a")
        world.run()
        let end = try #require(world.finished.first)
        #expect(end.report.answerTokens == 10)
        #expect(end.report.load == 1_000_000_000)
        #expect(end.report.total == end.report.load + end.report.prefill + end.report.decode)
        #expect(end.at == 1000 + 5 + 100)
    }

    @Test("With one slot requests run one after the other, in the order of arrival")
    func oneSlot() {
        var world = SimulatorWorld()
        for client in ["a", "b", "c"] { world.arrive(client) }
        world.run()
        #expect(world.finished.map(\.client) == ["a", "b", "c"])
        #expect(world.finished.map(\.at) == [1105, 1210, 1315])
    }

    @Test("Tokens come slower while more slots are busy")
    func slowdown() throws {
        var alone = SimulatorWorld(slots: 2, slowdown: 0.5)
        _ = alone.arrive("a")
        alone.run()
        var together = SimulatorWorld(slots: 2, slowdown: 0.5)
        _ = together.arrive("a")
        _ = together.arrive("b")
        together.run()
        let single = try #require(alone.finished.first)
        #expect(together.finished.count == 2)
        #expect(together.finished.allSatisfy { $0.report.decode > single.report.decode })
    }

    @Test("A client that goes away frees its slot at once")
    func cancel() {
        var world = SimulatorWorld()
        let first = world.arrive("a", tokens: 1_000_000)
        world.arrive("b")
        world.run(for: 2000)
        #expect(world.finished.isEmpty)
        world.cancel(first)
        world.run()
        #expect(world.finished.map(\.client) == ["b"])
        #expect(world.machine.busySlots == 0 && world.machine.entries.isEmpty)
    }

    @Test("Another context length loads the same model again")
    func reload() throws {
        var world = SimulatorWorld()
        world.arrive("a")
        world.run()
        world.arrive("b", options: RunnerOptions(contextLength: 8192))
        world.run()
        #expect(try #require(world.finished.last).report.load == 1_000_000_000)
        #expect(world.machine.runners["m"]?.options.contextLength == 8192)
    }

    @Test("If no more models fit, the least recently used is unloaded")
    func leastRecentlyUsed() {
        var world = SimulatorWorld(maxLoadedModels: 2)
        for model in ["x", "y", "x", "z"] {
            world.arrive(model, model: model)
            world.run()
        }
        #expect(Set(world.machine.runners.keys) == ["x", "z"])
    }
}
