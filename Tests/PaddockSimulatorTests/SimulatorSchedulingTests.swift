// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

@Suite("Ollama's scheduler in the simulated backend")
struct SimulatorSchedulingTests {
    @Test("A full queue refuses requests for models that are not loaded, and no others")
    func maxQueue() {
        var world = SimulatorWorld(maxLoadedModels: 1) { $0.maxQueue = 2 }
        world.arrive("a", model: "x", tokens: 1000)
        world.run(for: 1100)
        // The scheduler has taken the first one out of its queue; two more can wait.
        for client in ["b", "c", "d", "e"] { world.arrive(client, model: "y") }
        #expect(world.refused == ["e": .busy])
        world.run()
        for number in 0..<20 { world.arrive("warm \(number)", model: "y") }
        #expect(world.refused.count == 1)
        world.run()
        #expect(world.ended.count == 24)
    }

    @Test("A request that names no option fits any runner of its model; any other option loads it again")
    func options() {
        var world = SimulatorWorld()
        var options = RunnerOptions(contextLength: 8192)
        world.arrive("a", options: options)
        world.run()
        world.arrive("b")
        world.arrive("c", options: options)
        world.run()
        #expect(world.machine.totals.loads == 1)
        options = RunnerOptions(contextLength: 8192, batch: 512, gpuLayers: -1, mainGPU: 0, threads: 0)
        world.arrive("the defaults", options: options)
        world.run()
        #expect(world.machine.totals.loads == 1)
        let others: [(inout RunnerOptions) -> Void] = [
            { $0.batch = 256 }, { $0.gpuLayers = 20 }, { $0.mainGPU = 1 }, { $0.usesMMap = false }, { $0.threads = 4 },
        ]
        for (number, change) in others.enumerated() {
            change(&options)
            world.arrive("other \(number)", options: options)
            world.run()
            #expect(world.machine.totals.loads == number + 2)
        }
    }

    @Test("Each input of an embedding request takes a slot")
    func inputs() throws {
        var world = SimulatorWorld(slots: 2)
        world.arrive("load", Work(model: "m", promptTokens: 0, kind: .load))
        world.run(for: 1000)
        world.arrive("a", Work(model: "m", promptTokens: 500, kind: .embed(inputs: [100, 100, 100, 100, 100])))
        world.arrive("b", Work(model: "m", promptTokens: 100, kind: .embed(inputs: [100])))
        #expect(world.machine.runners["m"]?.active == 2 && world.machine.runners["m"]?.waitingUnits == 4)
        world.run()
        #expect(world.ended == ["load", "a", "b"])
        // Five inputs of 100 ms in two slots; the sixth runs beside the fifth.
        #expect(world.finished.dropFirst().map(\.at) == [1300, 1300])
        #expect(world.machine.busySlots == 0 && world.machine.runners["m"]?.waitingUnits == 0)
    }

    @Test("An embedding request that goes away gives back all its slots and its places")
    func cancelledInputs() {
        var world = SimulatorWorld(slots: 2)
        let inputs = Work(model: "m", promptTokens: 400, kind: .embed(inputs: [100, 100, 100, 100]))
        world.arrive("load", Work(model: "m", promptTokens: 0, kind: .load))
        world.run(for: 1000)
        let id = world.arrive("a", inputs)
        world.run(for: 150)
        #expect(world.machine.runners["m"]?.active == 2)
        world.cancel(id)
        #expect(world.machine.busySlots == 0)
        world.arrive("b", inputs)
        world.run()
        #expect(world.ended == ["load", "b"])
        #expect(world.machine.runners["m"]?.active == 0 && world.machine.runners["m"]?.waitingUnits == 0)
    }

    @Test("An unload is counted, whether the model is loaded or not")
    func unloads() {
        var world = SimulatorWorld()
        world.arrive("a")
        world.run()
        world.unload("m")
        world.unload("m")
        #expect(world.machine.totals.unloads == 1 && world.machine.totals.unloadRequests == 2)
        #expect(world.machine.runners.isEmpty)
    }

    @Test("A model of the cloud takes no slot, no memory and no load")
    func remote() {
        var world = SimulatorWorld(maxLoadedModels: 1) { $0.memory = 10 }
        world.arrive("local", tokens: 1000)
        world.run(for: 1100)
        let work = Work(model: "c", isRemote: true, size: 99, promptTokens: 5, kind: .generate(answerTokens: 10))
        for number in 0..<8 { world.arrive("cloud \(number)", work) }
        let id = world.arrive("gone", work)
        world.cancel(id)
        world.run(for: 200)
        #expect(world.ended.count == 8)
        #expect(Set(world.machine.runners.keys) == ["m"])
        #expect(world.machine.totals.loads == 1 && world.machine.busySlots == 1)
    }

    // MARK: - Victims

    /// A machine that holds one model; `x` is loaded and busy, and `y` waits for its memory.
    private static func contended(_ rule: VictimRule) -> SimulatorWorld {
        var world = SimulatorWorld(slots: 2, maxLoadedModels: 1) { $0.victims = rule }
        world.arrive("x1", model: "x", tokens: 50)
        world.run(for: 1100)
        world.arrive("y", model: "y")
        #expect(world.machine.runners["x"]?.isLeaving == true)
        return world
    }

    @Test("A closed victim takes no requests: they wait behind the load")
    func closed() {
        var world = Self.contended(.closed)
        world.arrive("x2", model: "x")
        world.run()
        #expect(world.ended == ["x1", "y", "x2"])
        #expect(world.machine.totals.sentToVictims == 0)
    }

    @Test("A resurrected victim is kept by steady traffic, and goes when there is none")
    func resurrected() {
        var world = Self.contended(.resurrected)
        for number in 2..<40 {
            world.arrive("x\(number)", model: "x", tokens: 50)
            world.run(for: 400)
        }
        #expect(!world.ended.contains("y"))
        #expect(world.machine.totals.sentToVictims == 38)
        world.run()
        #expect(world.ended.last == "y" && !world.machine.isWedged)
    }

    @Test("A request for a victim wedges the loader for ever; loaded models go on")
    func wedged() {
        var world = Self.contended(.wedging)
        world.arrive("x2", model: "x")
        world.run()
        #expect(world.machine.isWedged)
        #expect(world.ended == ["x2", "x1"])
        world.unload("x")
        world.arrive("z", model: "z")
        world.run()
        #expect(world.machine.coldRequests == 2)
        #expect(world.ended == ["x2", "x1"])
    }

    @Test("Who closes the victim before the new model is asked for never wedges", arguments: 0..<20)
    func closedFirst(turn: Int) {
        var world = SimulatorWorld(slots: 2, maxLoadedModels: 1) { $0.victims = .wedging }
        for number in 0..<20 {
            let model = (number + turn) % 2 == 0 ? "x" : "y"
            for client in 0...(number * turn % 3) { world.arrive("\(model) \(number) \(client)", model: model) }
            world.run(for: 10_000)
            world.unload(model)
        }
        #expect(!world.machine.isWedged && world.machine.totals.evictedBusy == 0)
        #expect(world.machine.totals.completed == world.machine.totals.arrived)
        #expect(world.machine.totals.loads == 20 && world.machine.totals.unloads == 20)
    }

    @Test(
        "A request without options fits any runner of its model, or as with Ollama only one with the defaults",
        arguments: [(OptionsRule.any, 1), (.exact, 3)]
    )
    func optionsRule(rule: OptionsRule, loads: Int) {
        var world = SimulatorWorld { $0.optionsRule = rule }
        for (client, context) in [("a", 8_192), ("b", nil), ("c", 8_192), ("d", 8_192)] as [(String, Int?)] {
            world.arrive(client, options: RunnerOptions(contextLength: context))
            world.run()
        }
        #expect(world.machine.totals.loads == loads)
        #expect(world.ended == ["a", "b", "c", "d"])
    }
}
