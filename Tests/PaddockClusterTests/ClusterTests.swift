// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import Testing

@Suite struct ClusterTests {
    static let heavy: [(count: Int, member: Int?)] = [(32, 0)] + Array(repeating: (3, nil), count: 7)

    static func chaos(_ seed: UInt64, members: Int, seconds: Double, every gap: ClosedRange<Double>) -> [ClusterWorld
        .Fault]
    {
        var random = SeededRandom(seed: seed &* 7 &+ 1)
        var faults: [ClusterWorld.Fault] = []
        var time = 60.0
        let kinds = ClusterWorld.Fault.Kind.allCases
        while time < seconds - 60 {
            faults.append(
                ClusterWorld.Fault(
                    at: time,
                    kind: kinds[random.number(below: kinds.count)],
                    member: random.unit() < 0.5 ? nil : random.number(below: members),
                    length: 3 + random.unit() * 57
                )
            )
            time += gap.lowerBound + random.unit() * (gap.upperBound - gap.lowerBound)
        }
        return faults
    }

    @Test func `trace`() {
        var settings = ClusterWorld.Settings(members: 2, limit: 3, seconds: 716)
        settings.options.grace = .seconds(130)
        settings.options.forget = .seconds(600)
        let faults = Self.chaos(30, members: 2, seconds: 900, every: 8...45)
        let world = ClusterWorld(seed: 30, settings, faults: faults)
        world.trace = true
        _ = world.simulate()
    }

    @Test func `debug`() {
        var over = 0
        for (members, limit) in [(3, 4), (5, 4), (4, 1), (2, 3), (3, 16)] {
            var sum = 0.0
            for seed in 0..<40 as Range<UInt64> {
                var settings = ClusterWorld.Settings(members: members, limit: limit, seconds: 900)
                settings.options.grace = .seconds(130)
                settings.options.forget = .seconds(600)
                let faults = Self.chaos(seed, members: members, seconds: 900, every: 8...45)
                let world = ClusterWorld(seed: seed, settings, faults: faults)
                let result = world.simulate()
                sum += result.utilization
                if result.overSeconds > 0 {
                    over += 1
                    print("dense", members, seed, result)
                    for fault in faults where fault.at < world.firstOver && fault.at > world.firstOver - 200 {
                        print("T", fault)
                    }
                    print("T over at", world.firstOver, world.changes.filter { $0.at < world.firstOver + 1 }.suffix(6))
                }
            }
            print("dense mean", members, limit, sum / 40)
        }
        print("dense", over)
    }

    @Test(arguments: [(3, 4), (8, 4), (4, 1), (3, 16), (1, 4), (16, 8)])
    func `A cluster without faults uses every slot, and never one more`(_ size: (Int, Int)) {
        for seed in 0..<3 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1)
            settings.clients = Self.heavy
            let result = ClusterWorld(seed: seed, settings).simulate()
            print("calm", size, seed, result)
            #expect(result.peak == size.1)
            #expect(result.utilization >= 0.99)
            if size.1 <= 8 { #expect(result.jain >= 0.98) }
        }
    }

    @Test(arguments: [(3, 4), (8, 4), (4, 1), (3, 16)])
    func `Faults never make the backend run more than its limit`(_ size: (Int, Int)) {
        var total = 0.0
        for seed in 0..<10 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1, seconds: 1_200)
            settings.options.grace = .seconds(70)
            settings.options.forget = .seconds(600)
            let faults = Self.chaos(seed, members: size.0, seconds: 1_200, every: 61...120)
            let result = ClusterWorld(seed: seed, settings, faults: faults).simulate()
            print("chaos", size, seed, result)
            #expect(result.peak <= size.1)
            total += result.utilization
        }
        print("mean", size, total / 10)
    }

    @Test(arguments: [(3, 4), (5, 4), (4, 1)])
    func `Faults that overlap never make the backend run more than its limit`(_ size: (Int, Int)) {
        for seed in 0..<10 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1, seconds: 900)
            settings.options.grace = .seconds(70)
            settings.options.forget = .seconds(600)
            let faults = Self.chaos(seed, members: size.0, seconds: 900, every: 8...45)
            let result = ClusterWorld(seed: seed, settings, faults: faults).simulate()
            print("dense", size, seed, result)
            #expect(result.peak <= size.1)
        }
    }
}
