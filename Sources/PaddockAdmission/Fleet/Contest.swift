// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The runners that wait for a load on a backend: whoever is loaded there has to answer to them.
struct Contest {
    /// The cold runners, in the order in which they would be loaded.
    let order: [RunnerIndex]
    /// The longest of their load times, in nanoseconds.
    let loadTime: Double
    /// The least service of the clients that wait for one of them.
    let floor: Double
    /// When the request arrived that has waited longest for one of them.
    let oldest: Instant
    /// How long a visit lasts at least, in load times: fewer if more contend.
    let visit: Double

    /// Whether nobody waits for a load.
    var isEmpty: Bool { self.order.isEmpty }

    /// How long a visit lasts at least, in nanoseconds.
    var leastVisit: Int64 { Int64(min(self.visit * self.loadTime, 1e18)) }
}

extension Contest {
    /// The cold runners that may be loaded on a backend.
    init<Payload>(_ fleet: Fleet, on backend: BackendIndex, in requests: RequestTable<Payload>) {
        let cold = fleet.runners.waiting.filter {
            fleet.needsLoad($0) && fleet.mayRun(fleet[$0].model, on: backend)
        }
        var (loadTime, floor, oldest) = (0.0, Double.infinity, Instant.distantFuture)
        for runner in cold {
            loadTime = max(loadTime, Double(fleet.loadTime(of: fleet[runner].model, on: backend)))
            fleet[runner].waiters.forEachHead { head in
                floor = min(floor, fleet.service(of: head, in: requests))
                oldest = min(oldest, requests.entries[head].arrived)
            }
        }
        self.loadTime = loadTime
        self.floor = floor
        self.oldest = oldest
        self.visit = min(3, max(1, fleet.policy.visit / Double(1 + cold.count)))
        let step = max(1, fleet.policy.slack * loadTime)
        let ranked = cold.map {
            (runner: $0, rank: Self.rank(of: fleet[$0].waiters, floor: floor, step: step, fleet, in: requests))
        }
        self.order = ranked.sorted { $0.rank < $1.rank }.map(\.runner)
    }

    /// How far in front a cold runner is: the client that is owed most counts, in steps of the slack, then the oldest request.
    private static func rank<Payload>(
        of waiters: WaiterQueue,
        floor: Double,
        step: Double,
        _ fleet: Fleet,
        in requests: RequestTable<Payload>
    ) -> (Double, UInt64) {
        var best = (Double.infinity, UInt64.max)
        waiters.forEachHead { head in
            let behind = ((fleet.service(of: head, in: requests) - floor) / step).rounded(.down)
            let rank = (max(0, behind), requests.nodes[head].sequence)
            if rank < best { best = rank }
        }
        return best
    }
}
