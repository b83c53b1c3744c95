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
    ///
    /// - Parameter cold: All that are cold.
    init<Payload>(_ fleet: Fleet, _ cold: [RunnerIndex], on backend: BackendIndex, in requests: RequestTable<Payload>) {
        var (loadTime, floor, oldest) = (0.0, Double.infinity, Instant.distantFuture)
        var heads: [(runner: RunnerIndex, service: Double, sequence: UInt64)] = []
        // Those of one model often come one after the other.
        var last: (model: ModelIndex, mayRun: Bool)?
        for runner in cold {
            let model = fleet[runner].model
            if last?.model != model {
                last = (model, fleet.mayRun(model, on: backend))
                if last?.mayRun ?? false { loadTime = max(loadTime, Double(fleet.loadTime(of: model, on: backend))) }
            }
            guard last?.mayRun ?? false else { continue }
            fleet[runner].waiters.forEachHead { head in
                let service = fleet.service(of: head, in: requests)
                floor = min(floor, service)
                oldest = min(oldest, requests.entries[head].arrived)
                heads.append((runner, service, requests.nodes[head].sequence))
            }
        }
        // How far in front a runner is: the client that is owed most counts, in steps of the slack, then the oldest request.
        let step = max(1, fleet.policy.slack * loadTime)
        var ranked: [(runner: RunnerIndex, rank: (Double, UInt64))] = []
        for head in heads {
            let rank = (max(0, ((head.service - floor) / step).rounded(.down)), head.sequence)
            if let other = ranked.last, other.runner == head.runner {
                if rank < other.rank { ranked[ranked.count - 1].rank = rank }
            } else {
                ranked.append((head.runner, rank))
            }
        }
        self.loadTime = loadTime
        self.floor = floor
        self.oldest = oldest
        self.visit = min(3, max(1, fleet.policy.visit / Double(1 + ranked.count)))
        self.order = ranked.sorted { $0.rank < $1.rank }.map(\.runner)
    }

    /// The runners with waiters: those that are cold, and the others.
    static func waitingRunners(of fleet: Fleet) -> (cold: [RunnerIndex], warm: [RunnerIndex]) {
        var (cold, warm) = ([RunnerIndex](), [RunnerIndex]())
        // Those of one model often come one after the other.
        var last: (model: ModelIndex, isInstalled: Bool)?
        for runner in fleet.runners.waiting {
            guard fleet.isServedNowhere(runner) else {
                warm.append(runner)
                continue
            }
            let model = fleet[runner].model
            if last?.model != model { last = (model, fleet.isInstalledAnywhere(model)) }
            if last?.isInstalled ?? false { cold.append(runner) } else { warm.append(runner) }
        }
        return (cold, warm)
    }
}
