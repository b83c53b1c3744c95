// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A reading of the backends: what is loaded where, what comes next, and how it goes.
///
/// Meanings: contract, section 20.
package struct FleetSnapshot: Hashable, Sendable {
    /// All backends, in the order of the configuration.
    package let backends: [FleetBackendSnapshot]
    /// How long models took to load.
    package let loadTimes: Histogram
    /// How long requests waited whose model was loaded for them.
    package let swapWaits: Histogram

    init(_ fleet: Fleet, now: Instant) {
        self.backends = fleet.backends.indices.map { FleetBackendSnapshot(fleet, BackendIndex($0), now: now) }
        self.loadTimes = fleet.times.loads
        self.swapWaits = fleet.times.swapWaits
    }
}

/// A reading of what is loaded on one backend.
package struct FleetBackendSnapshot: Hashable, Sendable {
    /// A swap that has been decided on.
    package struct Plan: Hashable, Sendable {
        /// What will be loaded.
        package let model: ModelName
        /// What has to go.
        package let victims: [ModelName]
        /// Why.
        package let reason: Resident.Reason
    }

    /// Whether it has said what it has loaded; if not, Paddock does not know, and places requests as if every model were loaded.
    package let isObserved: Bool
    /// Whether a request that names no options needs a runner that was loaded without any there.
    package let isExact: Bool
    /// What is said of its memory; not what was learned.
    package let memory: MemoryFit
    /// What is loaded, or on its way.
    package let residents: [ResidentSnapshot]
    /// The swap that has been decided on; nil if there is none.
    package let plan: Plan?
    /// The loads that Paddock began, by reason.
    package let loads: LoadCounts
    /// How long it has done what.
    package let time: MachineTime
    /// Requests that it refused whole (503) before it began to work on them.
    package let refusals: Int
    /// Whether its requests go well.
    package let breaker: BreakerSnapshot
    /// The model whose load does not end; nil if loads go well.
    package let stuckModel: ModelName?
    /// What became of its requests in the last minutes.
    private let window: RecentWindow
    /// The slice of time in which the reading was taken.
    private let slice: Int64

    /// What became of its requests in the last five minutes, as far as they got a slot there; worked out here, as a reading is taken
    /// under a lock.
    package var recent: RecentCounts { self.window.reading(at: self.slice) ?? RecentCounts() }

    init(_ fleet: Fleet, _ backend: BackendIndex, now: Instant) {
        let state = fleet.backends[Int(backend.row)]
        self.isObserved = state.isObserved
        self.isExact = state.isExact
        self.memory = state.declared
        self.residents = state.residents.map { ResidentSnapshot($0, fleet, backend, now: now) }
        self.plan = state.plan.map { plan in
            Plan(model: fleet[fleet[plan.target].model].name, victims: plan.victims, reason: plan.reason)
        }
        self.loads = state.loads
        self.time = state.isObserved ? state.time.advanced(to: now) : state.time
        self.refusals = state.refusals
        let breaker = BreakerSnapshot(state.breaker, now: now)
        self.breaker = breaker.cause == nil && state.loader.isWedged ? BreakerSnapshot(state.loader, now: now) : breaker
        self.stuckModel = state.loader.stuckModel
        self.window = state.recent
        self.slice = RecentWindow.slice(of: now)
    }
}

/// A reading of one model that a backend has loaded, loads or unloads.
package struct ResidentSnapshot: Hashable, Sendable {
    /// The name under which the backend lists it.
    package let name: ModelName
    /// The options with which Paddock had it loaded.
    package let options: RunnerOptions
    /// What it is doing.
    package let phase: Resident.Phase
    /// Whether it is to go, and gets no more requests.
    package let isVictim: Bool
    /// Why it was loaded.
    package let reason: Resident.Reason
    /// Whether it never has to go for another model.
    package let isPinned: Bool
    /// How long its visit has lasted; nil if Paddock did not load it, or it is still being loaded.
    package let visit: Nanoseconds?
    /// Its requests that hold a slot there.
    package let active: Int
    /// How many may, as the operator says; nil if it has no queue here.
    package let limit: Int?
    /// How many may, as the backend really serves them; nil if it has no queue here, or that is not learned.
    package let learnedLimit: Int?
    /// Its memory; 0 if that is not known.
    package let bytes: Int64
    /// When the backend unloads it by itself; nil if that is not known.
    package let expires: Nanoseconds?
    /// Whether its requests go well there; nil if it has no queue here.
    package let breaker: BreakerSnapshot?

    init(_ resident: Resident, _ fleet: Fleet, _ backend: BackendIndex, now: Instant) {
        self.name = resident.name
        self.options = resident.options
        self.phase = resident.phase
        self.isVictim = fleet.backends[Int(backend.row)].isVictim(resident.name)
        self.reason = resident.reason
        self.isPinned = fleet.policy.placements[resident.name]?.isPinned ?? false
        self.visit = resident.reason == .foreign || resident.isLoading ? nil : now - resident.visitStart
        self.bytes = resident.bytes
        self.expires = resident.expiresAt.map { max(.zero, $0 - now) }
        guard let model = resident.model else {
            (self.active, self.limit, self.learnedLimit, self.breaker) = (0, nil, nil, nil)
            return
        }
        self.active = fleet.slots.active(of: model, on: backend)
        self.limit = fleet[model].parallel
        self.learnedLimit = fleet.policy.learnsParallel ? fleet.limit(of: model, on: backend) : nil
        self.breaker = BreakerSnapshot(fleet[model].backends[Int(backend.row)].breaker, now: now)
    }
}

/// A reading of a breaker.
package struct BreakerSnapshot: Hashable, Sendable {
    /// Its state.
    package let state: Breaker.State
    /// Why it is open; nil if it is not.
    package let cause: Breaker.Cause?
    /// When the next trial may be, from now; nil if it is not open.
    package let until: Nanoseconds?

    init(_ breaker: Breaker, now: Instant) {
        self.state = breaker.state(at: now)
        self.cause = breaker.cause
        self.until = breaker.cause == nil ? nil : max(.zero, breaker.until - now)
    }

    /// That of a backend that is wedged.
    init(_ loader: LoaderHealth, now: Instant) {
        self.state = .wedged
        self.cause = .stuckLoad
        self.until = max(.zero, loader.until - now)
    }
}

/// How long loads and waits for them took, over all models and backends.
struct FleetTimes {
    /// How long models took to load.
    var loads = Histogram()
    /// From arrival to the slot, of requests whose model was loaded for them.
    var swapWaits = Histogram()
}

extension Breaker.State {
    /// The name, as listings spell it.
    package var name: String {
        switch self {
        case .ok: "ok"
        case .suspect: "suspect"
        case .open: "open"
        case .halfOpen: "half_open"
        case .wedged: "wedged"
        }
    }
}

extension Breaker.Cause {
    /// The name, as listings spell it.
    package var name: String {
        switch self {
        case .unreachable: "unreachable"
        case .errors: "errors"
        case .silence: "silence"
        case .refusals: "refusals"
        case .stuckLoad: "stuck_load"
        }
    }
}
