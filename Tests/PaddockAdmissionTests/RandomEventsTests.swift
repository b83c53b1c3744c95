// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Testing

@testable import PaddockAdmission

@Suite("Random events")
struct RandomEventsTests {
    @Test("The machine does what the naive model does, and keeps its promises after every event", arguments: 1...24)
    func machineFollowsTheContract(seed: UInt64) throws {
        var world = RandomWorld(seed: seed)
        for step in 0..<500 {
            try world.step(step)
            guard world.complaints.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(world.complaints.joined(separator: "; "))")
                return
            }
        }
        try world.finishAll()
        #expect(world.complaints.isEmpty, "seed \(seed), at the end")
        #expect(world.arrivals > 100 && world.starts > 4, "seed \(seed) drove nothing")
    }
}
