// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Why requests wait, and how long until their model is loaded: a look ahead that changes nothing.
///
/// What lies in front of a cold runner is added up: what is left of the visit of the model that gives way, of a load that is on its way,
/// and the loads and visits of the runners that come first on the same backend.
struct FleetOutlook<Payload> {
    /// What a runner waits for in front of its slots.
    struct Delay {
        /// Until its first waiters get slots, in nanoseconds.
        var wait: Int64
        /// How many of them do then.
        var free = 0
        /// How many slots the runner has there.
        var slots: Int
        /// How long its load takes from then on, in nanoseconds.
        var load: Int64 = 0
    }

    /// How many runners in front of another one are looked at each for itself.
    private static var measured: Int { 32 }

    private let fleet: Fleet
    private let requests: RequestTable<Payload>
    private let now: Instant
    /// By backend; none if nothing has to be loaded.
    private let contests: [Contest]

    init(_ fleet: Fleet, in requests: RequestTable<Payload>, now: Instant) {
        self.fleet = fleet
        self.requests = requests
        self.now = now
        var fleet = fleet
        let cold = fleet.isSettled() ? [] : Contest.waitingRunners(of: fleet).cold
        self.contests =
            fleet.isSettled()
            ? [] : fleet.backends.indices.map { Contest(fleet, cold, on: BackendIndex($0), in: requests) }
    }

    // MARK: - The order

    /// All waiters of a model in the order in which they would start if nobody else came and slots became free one by one; those of
    /// several runners by the arrival of the first that is left of each.
    ///
    /// - Parameter requests: A copy of the requests, in which they are started.
    func order(of model: ModelIndex, in requests: inout RequestTable<Payload>) -> [RequestIndex] {
        let typical = self.fleet.charge(of: model)
        var orders: [ArraySlice<RequestIndex>] = []
        for runner in self.fleet[model].runners where !self.fleet.runners[runner].waiters.isEmpty {
            orders.append(self.fleet.runners[runner].waiters.order(typical: typical, in: &requests)[...])
        }
        if orders.count == 1 { return Array(orders[0]) }
        var merged: [RequestIndex] = []
        while true {
            let heads = orders.indices.compactMap { index in
                orders[index].first.map { (index: index, sequence: requests.nodes[$0].sequence) }
            }
            guard let first = heads.min(by: { $0.sequence < $1.sequence }) else { break }
            merged.append(orders[first.index].removeFirst())
        }
        return merged
    }

    // MARK: - Reasons

    /// What the waiters of a runner wait for.
    func reason(of runner: RunnerIndex) -> WaitReason {
        let model = self.fleet[runner].model
        if self.isRefused(model) { return WaitReason(.refused) }
        guard !self.contests.isEmpty else { return self.reasonOfLoaded(runner) }
        guard self.fleet.needsLoad(runner) else { return self.reasonOfLoaded(runner) }
        guard let backend = self.place(of: runner) else { return WaitReason(self.isWedged(model) ? .refused : .turn) }
        let wait = self.wait(of: runner, on: backend)
        let state = self.fleet.backends[Int(backend.row)]
        if let plan = state.plan {
            guard plan.target != runner else { return self.reason(.swap, behind: plan.victims.first, wait) }
            return self.reason(.turn, behind: self.fleet[self.fleet[plan.target].model].name, wait)
        }
        if let loading = state.residents.first(where: { $0.isLoading }) {
            return self.reason(.turn, behind: loading.name, wait)
        }
        let victims = Victims(self.fleet, for: runner, on: backend, now: self.now)?.gone ?? []
        let isNext = self.others(before: runner, on: backend).isEmpty
        return self.reason(isNext ? .swap : .turn, behind: victims.first?.name, wait)
    }

    private func reason(_ kind: WaitReason.Kind, behind name: ModelName?, _ wait: Int64) -> WaitReason {
        guard let name else { return WaitReason(kind) }
        var clients = 0
        let residents = self.fleet.backends.lazy.flatMap(\.residents)
        let planned = self.fleet.backends.compactMap { $0.plan.map { self.fleet[$0.target].model } }
        let model =
            residents.first { $0.name == name }?.model ?? planned.first { self.fleet[$0].name == name }
        if let model {
            for runner in self.fleet[model].runners { clients += self.fleet[runner].waiters.clientCount }
        }
        return WaitReason(kind, behind: WaitReason.Behind(model: name, clients: clients, until: Nanoseconds(wait)))
    }

    /// Why somebody waits whose runner is loaded somewhere.
    private func reasonOfLoaded(_ runner: RunnerIndex) -> WaitReason {
        let model = self.fleet[runner].model
        if let rest = self.restOfLoad(of: runner) { return self.reason(.load, behind: self.fleet[model].name, rest) }
        // A slot is free, but others wait for the model to go, and it came too late for this visit.
        guard !self.contests.isEmpty,
            let backend = self.fleet.freeBackend(for: runner, .interactive, where: { _ in true }),
            let first = self.contests[Int(backend.row)].order.first
        else { return WaitReason(.slot) }
        return self.reason(.turn, behind: self.fleet[self.fleet[first].model].name, self.wait(of: first, on: backend))
    }

    /// Whether every backend that could serve a model has refused its requests of late.
    private func isRefused(_ model: ModelIndex) -> Bool {
        // The only backend is used however it does.
        guard !self.fleet[model].isCloud, self.fleet.hasBreakers else { return false }
        return !self.fleet.slots.containsUsable {
            self.fleet.mayRun(model, on: $0) && self.fleet.use(of: model, on: $0) != .none
        } && self.fleet.slots.containsUsable { self.fleet.mayRun(model, on: $0) }
    }

    /// Whether no backend that could load a model loads anything.
    private func isWedged(_ model: ModelIndex) -> Bool {
        !self.fleet.slots.containsUsable {
            self.fleet.mayRun(model, on: $0) && !self.fleet.backends[Int($0.row)].loader.isWedged
        }
    }

    // MARK: - Times

    /// How long a runner waits for its load; nil if it is loaded, or nothing is known.
    func delay(of runner: RunnerIndex) -> Delay? {
        let model = self.fleet[runner].model
        if let rest = self.restOfLoad(of: runner) { return Delay(wait: rest, slots: self.fleet[model].parallel) }
        guard !self.contests.isEmpty, self.fleet.needsLoad(runner), let backend = self.place(of: runner) else {
            return nil
        }
        let slots = self.fleet.limit(of: model, on: backend)
        return Delay(
            wait: self.wait(of: runner, on: backend),
            free: slots,
            slots: slots,
            load: self.fleet.loadTime(of: model, on: backend)
        )
    }

    /// Where a cold runner will be loaded, as it looks now.
    private func place(of runner: RunnerIndex) -> BackendIndex? {
        let planned = self.fleet.backends.firstIndex { $0.plan?.target == runner }
        return planned.map { BackendIndex($0) } ?? self.fleet.cheapestBackend(for: runner, now: self.now)
    }

    /// How long the load of a runner still takes, if it is the only place where it will be served; nil if it is not being loaded.
    private func restOfLoad(of runner: RunnerIndex) -> Int64? {
        var rest: Int64?
        for (index, backend) in self.fleet.backends.enumerated()
        where backend.isObserved && backend.serves(self.fleet[runner].model, self.fleet[runner].options) {
            guard let place = backend.place(of: self.fleet[runner].model),
                let left = self.restOfLoad(backend.residents[place], on: BackendIndex(index))
            else { return nil }
            rest = min(rest ?? .max, left)
        }
        return rest
    }

    private func restOfLoad(_ resident: Resident, on backend: BackendIndex) -> Int64? {
        guard case .loading(let since) = resident.phase else { return nil }
        let time = resident.model.map { self.fleet.loadTime(of: $0, on: backend) } ?? 0
        return max(0, (since.later(by: time) - self.now).count)
    }

    /// How long until a cold runner is loaded on a backend.
    private func wait(of runner: RunnerIndex, on backend: BackendIndex) -> Int64 {
        let state = self.fleet.backends[Int(backend.row)]
        var wait: Int64 = 0
        if let plan = state.plan {
            for name in plan.victims {
                if let place = state.place(of: name) {
                    wait = max(wait, self.drain(state.residents[place], on: backend))
                }
            }
            if plan.target == runner { return wait }
            wait = wait.addingSaturating(self.turn(of: plan.target, on: backend, after: wait))
        } else if let loading = state.residents.first(where: { $0.isLoading }) {
            wait = self.restOfLoad(loading, on: backend) ?? 0
            wait = wait.addingSaturating(self.restOfVisit(loading, on: backend, after: wait))
        } else {
            for victim in Victims(self.fleet, for: runner, on: backend, now: self.now)?.gone ?? [] {
                wait = max(wait, self.restOfVisit(victim, on: backend))
            }
        }
        // Of a long row the first are measured, and the others are like them.
        let others = self.others(before: runner, on: backend)
        let turns = others.prefix(Self.measured).reduce(Int64(0)) {
            $0.addingSaturating(self.turn(of: $1, on: backend, after: wait.addingSaturating($0)))
        }
        let scale = Double(others.count) / Double(max(1, min(others.count, Self.measured)))
        return wait.addingSaturating(Int64(min(1e18, Double(turns) * scale)))
    }

    /// The cold runners that are loaded on a backend in front of another one.
    private func others(before runner: RunnerIndex, on backend: BackendIndex) -> [RunnerIndex] {
        // Where a runner costs least depends on its model alone.
        var places: [ModelIndex: BackendIndex?] = [:]
        return self.contests[Int(backend.row)].order.prefix { $0 != runner }.filter {
            if self.fleet.isPlanned($0) { return false }
            let model = self.fleet[$0].model
            if let known = places[model] { return known == backend }
            let place = self.fleet.cheapestBackend(for: $0, now: self.now)
            places[model] = .some(place)
            return place == backend
        }
    }

    /// The load and the visit of a runner whose turn comes after so many nanoseconds.
    private func turn(of runner: RunnerIndex, on backend: BackendIndex, after wait: Int64) -> Int64 {
        let model = self.fleet[runner].model
        let load = self.fleet.loadTime(of: model, on: backend)
        let visit = Visit(begins: wait.addingSaturating(load), least: self.leastVisit(on: backend))
        return load.addingSaturating(self.length(of: visit, of: [runner], model, on: backend))
    }

    /// What is known of a visit, in nanoseconds.
    private struct Visit {
        /// When it begins, or goes on, from now: until then its queue grows.
        var begins: Int64
        /// How long it lasts at least as long as anybody waits.
        var least: Int64
    }

    /// What is left of the visit of a runner that is loaded, or being loaded; nothing if nobody needs it.
    private func restOfVisit(_ resident: Resident, on backend: BackendIndex, after wait: Int64 = 0) -> Int64 {
        guard let model = resident.model else { return 0 }
        guard self.fleet.isActive(resident, on: backend) || self.fleet.isWaitedFor(resident) else { return 0 }
        let end = resident.visitStart.later(by: self.leastVisit(on: backend))
        let runners = self.fleet[model].runners.filter { resident.fits(self.fleet[$0].options) }
        let least = max(0, (end - max(self.now, resident.visitStart)).count)
        return self.length(of: Visit(begins: wait, least: least), of: runners, model, on: backend)
            .addingSaturating(self.drain(resident, on: backend))
    }

    /// How long a visit is: as long as its waiters take, and up to its least length as long as others are likely to come.
    private func length(
        of visit: Visit,
        of runners: [RunnerIndex],
        _ model: ModelIndex,
        on backend: BackendIndex
    ) -> Int64 {
        let (typical, slots) = (
            Double(self.fleet[model].typical), Double(max(1, self.fleet.limit(of: model, on: backend)))
        )
        let rate = runners.reduce(0.0) { $0 + self.fleet[$1].demand.rate(now: self.now) } / 1e9
        let waiting = Double(runners.reduce(0) { $0 + self.fleet[$1].waiters.count }) + rate * Double(visit.begins)
        let (work, arrivals) = (waiting * typical / slots, rate * Double(visit.least))
        return Int64(min(1e18, max(work, min(Double(visit.least), work + arrivals * typical / slots))))
    }

    private func leastVisit(on backend: BackendIndex) -> Int64 { self.contests[Int(backend.row)].leastVisit }

    /// How long the active requests of a runner still take: of n that began at any time the last one ends when n parts of n + 1 of a typical
    /// one are over.
    private func drain(_ resident: Resident, on backend: BackendIndex) -> Int64 {
        guard let model = resident.model else { return 0 }
        let active = Int64(self.fleet.slots.active(of: model, on: backend))
        return self.fleet[model].typical / (active + 1) * active
    }
}
