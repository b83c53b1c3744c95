// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockSimulator

@Suite("The memory of the simulated backend")
struct SimulatorMemoryTests {
    private static func work(_ model: String, size: Int64, tokens: Int = 10) -> Work {
        Work(model: model, size: size, promptTokens: 5, kind: .generate(answerTokens: tokens))
    }

    @Test("As many idle models go as the new one needs room, those used longest ago first")
    func eviction() {
        var world = SimulatorWorld(maxLoadedModels: 9) { $0.memory = 10 }
        for model in ["x", "y", "z"] {
            world.arrive(model, Self.work(model, size: 3))
            world.run()
        }
        #expect(world.machine.totals.unloads == 0)
        world.arrive("w", Self.work("w", size: 5))
        world.run()
        #expect(Set(world.machine.runners.keys) == ["w", "z"])
        #expect(world.machine.totals.evictedBusy == 0)
    }

    @Test("A model larger than the memory is loaded alone")
    func tooLarge() {
        var world = SimulatorWorld { $0.memory = 10 }
        for (model, size) in [("small", 3), ("large", 99), ("small", 3)] as [(String, Int64)] {
            world.arrive(model, Self.work(model, size: size))
            world.run()
            #expect(Set(world.machine.runners.keys) == [model])
        }
    }

    @Test("A model that has to make room ends its requests first, and that is counted")
    func busyVictim() {
        var world = SimulatorWorld { $0.memory = 10 }
        world.arrive("a", Self.work("x", size: 6, tokens: 500))
        world.run(for: 1100)
        world.arrive("b", Self.work("y", size: 6))
        #expect(world.machine.runners["x"]?.isLeaving == true)
        #expect(world.machine.totals.evictedBusy == 1)
        world.run()
        #expect(world.ended == ["a", "b"])
        #expect(world.machine.tallies["x"]?.unloads == 1)
    }

    @Test("Load times follow the size and vary by seed, with the same mean")
    func loadTimes() {
        var hardware = SimulatorWorld().machine.hardware
        hardware.loadNanosecondsPerByte = 1e9 / 2e9
        var plain = LoadTimes(hardware)
        #expect(plain.next(bytes: 4_000_000_000) == 2_000_000_000)
        hardware.jitter = 0.2
        hardware.seed = 7
        var first = LoadTimes(hardware)
        var second = LoadTimes(hardware)
        let times = (0..<10_000).map { _ in Double(first.next(bytes: 4_000_000_000)) / 1e9 }
        let again = (0..<10_000).map { _ in Double(second.next(bytes: 4_000_000_000)) / 1e9 }
        #expect(times == again)
        let mean = times.reduce(0, +) / 10_000
        #expect(abs(mean - 2) < 0.02)
        let deviation = (times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000).squareRoot()
        #expect(abs(deviation - 0.4) < 0.04)
    }

    @Test(
        "The size of a model comes from its name, unless it is given",
        arguments: [
            ("llama2", "7B", 3_826_793_677), ("llama3:70b", "70B", 38_267_936_770), ("qwen3:0.6b", "600M", 328_010_887),
            ("mixtral:8x7b", "56B", 30_614_349_416), ("qwen3:30b-a3b", "30B", 16_400_544_330),
            ("hf.co/user/some-13b:latest", "13B", 7_106_902_543), ("nomic-embed-text", "137M", 274_302_450),
            ("all-minilm:22m", "22M", 44_048_569), ("odd:0b", "7B", 3_826_793_677),
            ("odd:9999999999b", "7B", 3_826_793_677),
            ("gpt-oss:120b-cloud", "120B", 384),
        ] as [(String, String, Int64)]
    )
    func sizes(name: String, parameters: String, bytes: Int64) throws {
        let catalogue = ModelCatalogue([SimulatorOptions.Model(name: name)], now: 0)
        let model = try #require(catalogue.find(name))
        #expect(model.parameterSize == parameters)
        #expect(model.size == bytes)
        let given = ModelCatalogue([SimulatorOptions.Model(name: "llama2", size: 5)], now: 0)
        #expect(given.find("llama2:latest")?.size == 5)
    }
}
