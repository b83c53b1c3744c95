// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting

/// What could be reached if swaps were free: in order of arrival, on the host with the fewest requests. For ``Shape/ideal``.
struct IdealGateway: FleetGateway {
    let parallel: Int
    private var active: [Int]
    private var waiting: [FleetRequest] = []

    init(_ shape: Shape) {
        self.parallel = shape.idealParallel
        self.active = Array(repeating: 0, count: shape.hosts.count)
    }

    mutating func arrived(_ request: FleetRequest, now: Instant, _ actions: inout FleetActions) {
        self.waiting.append(request)
        self.start(&actions)
    }

    mutating func ended(_ request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {
        self.active[host] -= 1
        self.start(&actions)
    }

    private mutating func start(_ actions: inout FleetActions) {
        while !self.waiting.isEmpty,
            let host = self.active.indices.min(by: { self.active[$0] < self.active[$1] }),
            self.active[host] < self.parallel
        {
            self.active[host] += 1
            actions.send(self.waiting.removeFirst().id, to: host)
        }
    }
}
