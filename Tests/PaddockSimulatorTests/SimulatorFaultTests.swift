// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

@Suite("Faults of the simulated backend")
struct SimulatorFaultTests {
    @Test("A machine that hangs gets no further, and goes on when the fault is gone")
    func hang() throws {
        var world = SimulatorWorld()
        world.arrive("a")
        world.run(for: 1050)
        world.set(Faults(kind: .hang))
        world.arrive("b")
        world.run(for: 60_000)
        #expect(world.ended.isEmpty)
        #expect(world.machine.runners["m"]?.active == 1)
        world.set(Faults())
        world.run()
        #expect(world.finished.map(\.at) == [61_105, 61_210])
    }

    @Test("A client of a machine that hangs can go away")
    func cancelWhileHanging() {
        var world = SimulatorWorld()
        world.set(Faults(kind: .hang))
        let id = world.arrive("a")
        world.run(for: 1000)
        world.cancel(id)
        #expect(world.machine.totals.cancelled == 1 && world.machine.entries.isEmpty)
        world.set(Faults())
        world.arrive("b")
        world.run()
        #expect(world.ended == ["b"])
    }

    @Test(
        "Refusals are at once, are counted, and leave active requests alone",
        arguments: [
            (.terminated, .terminated), (.busy, .busy),
        ] as [(Faults.Kind, Refusal)]
    )
    func refusals(kind: Faults.Kind, refusal: Refusal) {
        var world = SimulatorWorld()
        world.arrive("a")
        world.run(for: 1050)
        world.set(Faults(kind: kind))
        world.arrive("b")
        #expect(world.refused == ["b": refusal])
        world.run()
        #expect(world.ended == ["a"])
        #expect(world.machine.totals.errors == 1)
        #expect(world.machine.tallies["m"]?.requests == 2 && world.machine.tallies["m"]?.errors == 1)
    }

    @Test("A runner that crashes has produced the answer, and ends no request well")
    func crash() {
        var world = SimulatorWorld()
        world.set(Faults(kind: .crash))
        world.arrive("a")
        world.run()
        #expect(world.refused == ["a": .terminated] && world.ended.isEmpty)
        #expect(world.machine.totals.errors == 1 && world.machine.totals.completed == 0)
        #expect(world.machine.entries.isEmpty && world.machine.tallies["m"]?.errors == 1)
        world.set(Faults())
        world.arrive("b")
        world.run()
        #expect(world.ended == ["b"])
    }

    @Test("A slow machine takes a multiple of the time for loads, prompts and answers")
    func slow() {
        var world = SimulatorWorld()
        world.set(Faults(kind: .slow, factor: 4))
        world.arrive("a")
        world.run()
        #expect(world.finished.map(\.at) == [4 * 1105])
    }

    @Test("The number of slots changes at once, in both directions")
    func parallel() {
        var world = SimulatorWorld(slots: 1)
        for client in ["a", "b", "c"] { world.arrive(client, tokens: 1000) }
        world.run(for: 1050)
        #expect(world.machine.runners["m"]?.active == 1)
        world.set(Faults(parallel: 3))
        #expect(world.machine.runners["m"]?.active == 3)
        world.set(Faults(parallel: 1))
        world.arrive("d")
        #expect(world.machine.runners["m"]?.active == 3 && world.machine.runners["m"]?.waitingUnits == 1)
        world.run()
        #expect(world.ended == ["a", "b", "c", "d"])
        #expect(world.machine.busySlots == 0)
    }
}
