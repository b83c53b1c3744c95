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

    /// How long a visit lasts at least, in nanoseconds.
    var leastVisit: Int64 { Int64(min(self.visit * self.loadTime, 1e18)) }
}

extension Contest {
    /// The cold runners that may be loaded on a backend.
    ///
    /// - Parameter cold: All that are cold.
    init<Payload>(_ fleet: Fleet, _ cold: [RunnerIndex], on backend: BackendIndex, in requests: RequestTable<Payload>) {
        var (loadTime, floor, oldest) = (0.0, Double.infinity, Instant.distantFuture)
        var heads: [(runner: RunnerIndex, service: Double, sequence: UInt64, backlog: Double)] = []
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
                let backlog = Self.backlog(of: head, fleet, on: backend, in: requests)
                heads.append((runner, service, requests.nodes[head].sequence, backlog))
            }
        }
        // How far in front a runner is: the client that is owed most counts, in steps of the slack, then the oldest request.
        var ranked: [(runner: RunnerIndex, rank: (Double, UInt64))] = []
        for head in heads {
            let step = max(1, Self.slack(for: head.backlog, loadTime: loadTime, fleet.policy))
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

    /// How far the client of a waiter may be ahead of those that have had least, in nanoseconds of machine time.
    ///
    /// - Parameter head: The oldest waiter of its client in its runner.
    func slack<Payload>(
        of head: RequestIndex,
        _ fleet: Fleet,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>
    ) -> Double {
        let backlog = Self.backlog(of: head, fleet, on: backend, in: requests)
        return Self.slack(for: backlog, loadTime: self.loadTime, fleet.policy)
    }

    /// A client *floods* a runner if its waiters there take longer than four load times: it has half the slack. What it has there is not
    /// served in one visit anyway, so that a shorter one costs no swap, and others wait half as long for it. Whoever has less is better
    /// served to the end.
    private static func slack(for backlog: Double, loadTime: Double, _ policy: FleetPolicy) -> Double {
        let slack = policy.slack * loadTime
        return backlog > 4 * loadTime ? slack / 2 : slack
    }

    /// How long the waiters of a client in a runner would take on a backend, about, in nanoseconds.
    private static func backlog<Payload>(
        of head: RequestIndex,
        _ fleet: Fleet,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>
    ) -> Double {
        let runner = requests.entries[head].runner
        let model = fleet[runner].model
        let waiting = fleet[runner].waiters.waiting(of: requests.entries[head].client)
        let slots = max(1, fleet.limit(of: model, on: backend))
        return Double(waiting) * Double(fleet[model].typical) / Double(slots)
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
