// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Fleet under random events")
struct FleetWorldTests {
    @Test("What must always hold holds after every event, and at the end nothing is left", arguments: 1...60)
    func invariants(seed: UInt64) {
        var world = FleetWorld(seed: seed)
        for step in 0..<400 {
            world.step(step)
            guard world.complaints.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(world.complaints.joined(separator: "; "))")
                return
            }
        }
        world.finishAll()
        #expect(world.complaints.isEmpty, "seed \(seed), at the end: \(world.complaints.joined(separator: "; "))")
        #expect(world.starts > 20, "seed \(seed) drove nothing")
    }
}
