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

    @Test(arguments: [(3, 4), (8, 4), (4, 1), (3, 16), (1, 4), (16, 8)])
    func `A cluster without faults uses every slot, and never one more`(_ size: (Int, Int)) {
        for seed in 0..<3 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1)
            settings.clients = Self.heavy
            let result = ClusterWorld(seed: seed, settings).simulate()
            #expect(result.peak == size.1)
            #expect(result.utilization >= 0.99)
            if size.1 <= 8 { #expect(result.jain >= 0.98) }
        }
    }

    @Test(arguments: [(3, 4), (8, 4), (4, 1), (3, 16)])
    func `Faults never make the backend run more than its limit`(_ size: (Int, Int)) {
        for seed in 0..<10 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1, seconds: 1_200)
            settings.options.grace = .seconds(70)
            settings.options.forget = .seconds(600)
            let faults = Self.chaos(seed, members: size.0, seconds: 1_200, every: 61...120)
            let result = ClusterWorld(seed: seed, settings, faults: faults).simulate()
            #expect(result.peak <= size.1)
        }
    }

    @Test(arguments: [(3, 4), (5, 4), (4, 1)])
    func `Faults that overlap never make the backend run more than its limit`(_ size: (Int, Int)) {
        for seed in 0..<10 as Range<UInt64> {
            var settings = ClusterWorld.Settings(members: size.0, limit: size.1, seconds: 900)
            settings.options.grace = .seconds(70)
            settings.options.forget = .seconds(600)
            let faults = Self.chaos(seed, members: size.0, seconds: 900, every: 8...45)
            let result = ClusterWorld(seed: seed, settings, faults: faults).simulate()
            #expect(result.peak <= size.1)
        }
    }

    @Test(arguments: [0.5, 2, 3, 5, 7.7, 11])
    func `A member that knows nobody does not lead with a store that has forgotten the others`(
        _ length: Double
    ) {
        for seed in 0..<20 as Range<UInt64> {
            var settings = ClusterWorld.Settings(seconds: 240)
            settings.keepsMemory = false
            settings.options.grace = .seconds(70)
            // It is back right after the store, and asks before the others do.
            let faults = [
                ClusterWorld.Fault(at: 60, kind: .storeForgets, length: length),
                ClusterWorld.Fault(at: 60.1, kind: .crash, length: length - 0.1),
                ClusterWorld.Fault(at: 150, kind: .storeForgets, length: length),
                ClusterWorld.Fault(at: 150.1, kind: .crash, member: 1, length: length - 0.1),
            ]
            #expect(ClusterWorld(seed: seed, settings, faults: faults).simulate().peak <= 4)
        }
    }
}
