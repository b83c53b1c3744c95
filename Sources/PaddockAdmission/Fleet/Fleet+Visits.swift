// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Who is next while something is cold: visits.
///
/// A runner that was paid for with a swap is used for a while. Its visit lasts at least a few load times as long as anything of it
/// waits, and until everything has been served that waited when that time was over. So the number of swaps follows the load by
/// itself, and newcomers cannot keep a runner loaded for ever, because the gate is shut. A client that is far ahead of somebody
/// who waits for a swap cannot hold a visit open.
extension Fleet {
    /// What is to be done next, so that the machine does it and asks again; `nil` if nothing is.
    ///
    /// After the last step ``lookAgain`` says when it may be otherwise though nothing happens.
    mutating func nextStep<Payload>(now: Instant, in requests: inout RequestTable<Payload>) -> FleetStep? {
        self.lookAgain = nil
        self.removeEmptyLoads()
        // Each turn begins a load, plans one or drops a plan; there are no more of these than backends.
        for _ in 0...(3 * self.backends.count) {
            let (cold, warm) = Contest.waitingRunners(of: self)
            var targets: [LoadTarget?] = []
            var contests: [Contest] = []
            for backend in self.backends.indices.map(BackendIndex.init) {
                // Nobody contends as long as something else comes next.
                let mayChange = self.slots.isUsable(backend) && !self.backends[Int(backend.row)].isChanging
                let contest = Contest(self, mayChange ? cold : [], on: backend, in: requests)
                contests.append(contest)
                if !cold.isEmpty { self.lookAtTrial(of: backend, now: now) }
                targets.append(mayChange ? self.target(of: backend, contest, in: requests, now: now) : nil)
            }
            if let step = self.nextStart(of: warm, targets, contests, in: &requests, now: now) { return step }
            var hasMoved = false
            for backend in self.backends.indices {
                let move = self.advance(
                    BackendIndex(backend),
                    targets[backend],
                    contests[backend],
                    in: requests,
                    now: now
                )
                switch move {
                case .stay: continue
                case .unload(let name): return .command(.unload(name, BackendIndex(backend)))
                case .moved: hasMoved = true
                }
                break
            }
            if !hasMoved { break }
        }
        for backend in self.backends.indices { self.updateClock(of: BackendIndex(backend), now: now) }
        return nil
    }

    /// Loads whose requests are all gone without a first byte, or while it was not known what the backend has loaded.
    mutating func removeEmptyLoads() {
        for backend in self.backends.indices {
            let index = BackendIndex(backend)
            while let place = self.backends[backend].residents.firstIndex(where: {
                $0.isLoading && !$0.isPreloading && !self.isActive($0, on: index)
            }) {
                self.backends[backend].giveUpLoad(place, now: self.now)
            }
        }
    }

    /// How much a client has had; nothing tells clients apart if there is no fairness.
    func service<Payload>(of request: RequestIndex, in requests: RequestTable<Payload>) -> Double {
        self.waiterPolicy.isFair ? self.ledger.accounts.service(of: requests.entries[request].account) : 0
    }

    // MARK: - Slots

    /// The waiter that gets the next free slot of a runner that is loaded: of all that may, the one whose client has had least.
    private mutating func nextStart<Payload>(
        of warm: [RunnerIndex],
        _ targets: [LoadTarget?],
        _ contests: [Contest],
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) -> FleetStep? {
        var best: (request: RequestIndex, backend: BackendIndex, rule: StartRule, rank: (Double, UInt64))?
        for runner in warm {
            let name = self[self.runners[runner].model].name
            func isContested(_ backend: BackendIndex) -> Bool {
                targets[Int(backend.row)].map { target in
                    target.reason != .copy && target.victims.contains { $0.name == name }
                } ?? false
            }
            func waiter(on backend: BackendIndex) -> (request: RequestIndex, rule: StartRule)? {
                guard isContested(backend) else { return self.next(of: runner, on: backend, in: requests) }
                let visits = Visits(on: backend, contests[Int(backend.row)], now: now)
                return visits.next(of: runner, batchFits: self.batchFits(runner, on: backend), self, in: requests)
            }
            // Batch may have no slot left where an interactive request would go first.
            var (backend, found) = (BackendIndex(0), Optional<(request: RequestIndex, rule: StartRule)>.none)
            for requestClass in RequestClass.allCases where found == nil {
                if requestClass == .batch, self.runners[runner].waiters.batchCount == 0 { continue }
                let calm = self.freeBackend(for: runner, requestClass) { !isContested($0) }
                guard let free = calm ?? self.freeBackend(for: runner, requestClass, where: { _ in true }) else {
                    continue
                }
                (backend, found) = (free, waiter(on: free))
            }
            guard let found else { continue }
            let rank = (self.service(of: found.request, in: requests), requests.nodes[found.request].sequence)
            if let best, best.rank < rank { continue }
            best = (found.request, backend, found.rule, rank)
        }
        guard let best else { return nil }
        self.dequeue(best.request, in: &requests)
        return .start(
            best.request,
            on: best.backend,
            self.rule(best.rule, of: best.request, on: best.backend, requests)
        )
    }

    /// The waiter that gets the next slot of a runner that nobody waits to push out: as the runner's queue says, but between clients the
    /// one that has had least of all models.
    private func next<Payload>(
        of runner: RunnerIndex,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>
    ) -> (request: RequestIndex, rule: StartRule)? {
        let next = self.runners[runner].waiters.next(
            batchFits: self.batchFits(runner, on: backend),
            typical: self.charge(of: self.runners[runner].model)
        )
        guard let next, next.rule == .leastService else { return next }
        var best = (request: next.request, service: self.service(of: next.request, in: requests))
        self.runners[runner].waiters.forEachHead { head in
            let service = self.service(of: head, in: requests)
            guard service < best.service,
                requests.entries[head].requestClass == requests.entries[next.request].requestClass
            else { return }
            best = (head, service)
        }
        return (best.request, next.rule)
    }

    /// The rule that the listings name: the first request of a load was started by the load.
    private func rule<Payload>(
        _ rule: StartRule,
        of request: RequestIndex,
        on backend: BackendIndex,
        _ requests: RequestTable<Payload>
    ) -> StartRule {
        let model = self.runners[requests.entries[request].runner].model
        let state = self.backends[Int(backend.row)]
        guard let place = state.place(of: model), state.residents[place].isLoading else { return rule }
        switch state.residents[place].reason {
        case .turn, .options: return .swap
        case .copy: return .copy
        case .room, .pinned, .foreign: return rule
        }
    }

    private func batchFits(_ runner: RunnerIndex, on backend: BackendIndex) -> Bool {
        self.runners[runner].waiters.batchCount > 0
            && self.freeBackend(for: runner, .batch) { $0 == backend } != nil
    }

    // MARK: - What replies say

    /// A request that was sent at an instant says how long its model is to stay loaded.
    mutating func keep(
        _ model: ModelIndex,
        on backend: BackendIndex,
        for keepAlive: Nanoseconds,
        saidAt started: Instant
    ) {
        guard let place = self.backends[Int(backend.row)].place(of: model) else { return }
        self.backends[Int(backend.row)].keep(place, for: keepAlive, saidAt: started)
    }

    /// Nothing of a model is active on a backend.
    mutating func fellIdle(_ model: ModelIndex, on backend: BackendIndex) {
        let row = Int(backend.row)
        guard let place = self.backends[row].place(of: model), self.backends[row].residents[place].keepAlive != nil
        else {
            return
        }
        self.backends[row].fellIdle(place, now: self.now)
        self.nextExpiry = min(self.nextExpiry, self.backends[row].nextExpiry)
    }

    /// Whether a request waited inside its backend, as its reply says.
    func didWaitInside(_ progress: ReplyProgress, since started: Instant) -> Bool? {
        let firstByte = progress.isStream ? progress.firstByte.map { max(0, $0.nanoseconds(since: started)) } : nil
        return progress.durations?.waitedInside(firstByte: firstByte)
    }

    /// A request has ended for which its model may have been loaded.
    mutating func measureLoad(
        of model: ModelIndex,
        on backend: BackendIndex,
        _ progress: ReplyProgress,
        _ saysDurations: Bool,
        _ started: Instant
    ) {
        let row = Int(backend.row)
        guard let place = self.backends[row].place(of: model),
            let load = self.backends[row].takeLoad(place, startedBy: started)
        else { return }
        let (measured, time) = (load.measured, load.time(saysDurations ? progress.durations : nil, of: started))
        if load.isCounted {
            self[model].backends[row].loadTimes.correct(measured, to: time)
            self.backends[row].loadRate.correct(measured, to: time, bytes: load.bytes)
        } else {
            self.countLoad(of: model, on: backend, nanoseconds: time, bytes: load.bytes)
        }
    }

    /// A load took so many nanoseconds.
    mutating func countLoad(of model: ModelIndex, on backend: BackendIndex, nanoseconds: Int64, bytes: Int64) {
        self[model].backends[Int(backend.row)].loadTimes.insert(nanoseconds)
        self.backends[Int(backend.row)].loadRate.insert(nanoseconds, bytes: bytes)
        self.times.loads.add(Nanoseconds(nanoseconds))
    }

    // MARK: - Pinned models

    /// Loads a pinned model that is loaded nowhere, if nobody is hurt; what is idle in its place is unloaded first.
    ///
    /// - Returns: What is to be done; `nil` if nothing is.
    mutating func preload(on backend: BackendIndex, now: Instant) -> BackendCommand? {
        let row = Int(backend.row)
        guard self.policy.isOn, self.backends[row].isObserved, !self.backends[row].isChanging,
            self.backends[row].loader.mayLoad(at: now), self.slots.isUsable(backend)
        else { return nil }
        for name in self.policy.placements.filter(\.value.isPinned).keys.sorted() {
            guard let model = self.model(named: name), self.mayRun(model, on: backend),
                self.backends[row].installed?[name] != nil,
                !self.backends.contains(where: { $0.place(of: model) != nil }),
                let victims = Victims(self, for: self[model].runners[0], on: backend, now: now)?.gone,
                !victims.contains(where: { self.isActive($0, on: backend) || self.isWaitedFor($0) })
            else { continue }
            if let victim = victims.first, self.policy.unloads, let place = self.backends[row].place(of: victim.name) {
                self.backends[row].beginUnload(place, now: now)
                return .unload(victim.name, backend)
            }
            var resident = Resident(name: name, model: model, changed: now)
            resident.phase = .loading(since: now)
            resident.reason = .pinned
            resident.visitStart = now
            resident.bytes = self.backends[row].installed?[name] ?? 0
            self.backends[row].beginLoad(resident, now: now)
            return .load(name, backend)
        }
        return nil
    }

    /// A backend has loaded a pinned model, or has not.
    mutating func preloaded(_ name: ModelName, on backend: BackendIndex, succeeded: Bool, now: Instant) {
        let row = Int(backend.row)
        guard let place = self.backends[row].place(of: name), self.backends[row].residents[place].isPreloading else {
            return
        }
        if succeeded {
            self.backends[row].loaded(place, now: now)
        } else if !self.isActive(self.backends[row].residents[place], on: backend) {
            self.backends[row].giveUpLoad(place, now: now)
        }
    }

    // MARK: - Slots that all models share

    /// The runner that is next, if several could have a free slot of backends whose slots all models share.
    func nextRunner<Payload>(in requests: RequestTable<Payload>) -> RunnerIndex? {
        guard self.slots.hasRoom else { return nil }
        return self.shared.next(
            typical: { self.charge(of: self[$0].model) },
            rank: { runner in
                guard let head = self[runner].waiters.head else { return nil }
                let entry = requests.entries[head]
                guard self.freeBackend(for: runner, entry.requestClass, where: { _ in true }) != nil else { return nil }
                guard self.waiterPolicy.isFair else { return 0 }
                return self.shared.holding(of: self[runner].waiters.client(entry.client))
            }
        )
    }

    /// Notes how many requests of all models may be active on a backend. Those that are active beyond that go on.
    mutating func setBound<Payload>(_ backend: BackendIndex, _ bound: Int?, in requests: RequestTable<Payload>) {
        guard self.slots.setBound(backend, bound) else { return }
        // Who holds such slots, and who is next for them, may have been followed by nobody so far.
        self.shared = SharedTurns()
        for request in requests.live where !requests.nodes[request].links.isLinked {
            guard self.slots.bound(of: requests.entries[request].backend) != nil else { continue }
            let client = self[requests.entries[request].runner].waiters.client(requests.entries[request].client)
            self.shared.started(client.name, requests.entries[request].requestClass, charge: 0, batchShare: 0)
        }
        for runner in self.runners.waiting { self.noteTurn(of: runner, in: requests) }
    }

    /// Notes which waiter of a runner is next.
    mutating func noteTurn<Payload>(of runner: RunnerIndex, in requests: RequestTable<Payload>) {
        guard self.slots.areBounded else { return }
        let head = self[runner].waiters.head
        self.shared.set(runner, next: head.map { (requests.entries[$0].requestClass, requests.nodes[$0].sequence) })
    }

    /// A request has got a slot.
    mutating func noteSharedStart<Payload>(
        _ request: RequestIndex,
        _ slot: Slot,
        charge: Int64,
        in requests: RequestTable<Payload>
    ) {
        guard self.slots.areBounded else { return }
        let (runner, client) = (requests.entries[request].runner, requests.entries[request].client)
        self.noteTurn(of: runner, in: requests)
        guard self.slots.bound(of: slot.backend) != nil else { return }
        self.shared.started(
            self[runner].waiters.client(client).name,
            requests.entries[request].requestClass,
            charge: slot.rule == .batchShare ? 0 : Double(charge),
            batchShare: self.waiterPolicy.batchShare
        )
    }

    /// A request has given its slot back.
    mutating func noteSharedEnd<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>
    ) {
        guard self.slots.areBounded else { return }
        let (runner, client) = (requests.entries[request].runner, requests.entries[request].client)
        self.noteTurn(of: runner, in: requests)
        guard self.slots.bound(of: backend) != nil else { return }
        self.shared.ended(self[runner].waiters.client(client).name)
    }

    // MARK: - Newcomers

    /// The waiter of a model that gives way to a newcomer; if the newcomer's own runner has none, of the runner with most waiters.
    func victim(
        for client: ClientIndex,
        _ requestClass: RequestClass,
        of runner: RunnerIndex,
        limit: Int
    ) -> RequestIndex? {
        let model = self[runner].model
        let own = self[runner].waiters
        if own.count == self[model].waitingCount { return own.victim(for: client, requestClass, limit: limit) }
        if let victim = own.victim(for: client, requestClass, limit: limit) { return victim }
        let longest = self[model].runners.max { self[$0].waiters.count < self[$1].waiters.count }
        guard let longest, longest != runner, self[longest].waiters.count > own.count + 1 else { return nil }
        return self[longest].waiters.newest(for: requestClass)
    }

    /// The position that a newcomer would have, about.
    ///
    /// It changes nothing, but is mutating: a queue that is only read would be copied first.
    mutating func positionOfNewcomer(
        _ runner: RunnerIndex,
        _ client: ClientIndex,
        _ requestClass: RequestClass
    ) -> Int {
        let typical = self.startCharge(of: self[runner].model)
        return self[runner].waiters.position(of: client, requestClass, typical: typical)
    }

    // MARK: - Accounts

    /// A request takes longer than its client was charged for it: its account is charged what it has taken so far.
    mutating func chargeMore<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>) {
        guard requests.entries[request].isCharged else { return }
        let time = self.machineTime(of: request, in: requests) * Double(requests.entries[request].units)
        self.ledger.took(atLeast: time, request, in: &requests)
    }

    /// The machine time that an active request has taken so far.
    mutating func machineTime<Payload>(of request: RequestIndex, in requests: RequestTable<Payload>) -> Double {
        let row = Int(requests.entries[request].backend.row)
        return self.backends[row].clock.reading(at: self.now) - requests.entries[request].machineStart
    }

    // MARK: - Swaps

    private enum Move {
        /// Nothing changes.
        case stay
        /// Something has changed: all has to be looked at again.
        case moved
        /// The backend has to unload something.
        case unload(ModelName)
    }

    /// Carries on with the plan of a backend, or makes one.
    private mutating func advance<Payload>(
        _ backend: BackendIndex,
        _ target: LoadTarget?,
        _ contest: Contest,
        in requests: RequestTable<Payload>,
        now: Instant
    ) -> Move {
        if let plan = self.backends[Int(backend.row)].plan {
            return self.carryOn(plan, on: backend, in: requests, now: now)
        }
        guard let target, let begin = Visits(on: backend, contest, now: now).end(for: target, self, in: requests) else {
            return .stay
        }
        guard begin <= now else {
            self.look(at: begin)
            return .stay
        }
        if target.victims.isEmpty {
            self.beginLoad(target.runner, on: backend, target.reason, in: requests, now: now)
        } else {
            self.backends[Int(backend.row)].plan = FleetBackend.Plan(
                target: target.runner,
                victims: target.victims.map(\.name),
                reason: target.reason
            )
        }
        return .moved
    }

    /// Drains the victims of a plan, unloads them one after the other, and begins the load.
    private mutating func carryOn<Payload>(
        _ plan: FleetBackend.Plan,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>,
        now: Instant
    ) -> Move {
        let row = Int(backend.row)
        let isWanted =
            self.runners[plan.target].waiters.count > 0 && self.slots.isUsable(backend) && self.mayKeepPlan(on: backend)
        guard isWanted else {
            self.backends[row].plan = nil
            return .moved
        }
        for name in plan.victims {
            guard let place = self.backends[row].place(of: name) else { continue }
            if self.isActive(self.backends[row].residents[place], on: backend) { return .stay }
        }
        for name in plan.victims {
            guard let place = self.backends[row].place(of: name) else { continue }
            if self.backends[row].residents[place].isLeaving { return .stay }
            guard self.policy.unloads else {
                self.backends[row].remove(place)
                continue
            }
            self.backends[row].beginUnload(place, now: now)
            return .unload(name)
        }
        self.backends[row].plan = nil
        self.beginLoad(plan.target, on: backend, plan.reason, in: requests, now: now)
        return .moved
    }

    /// Cold runners wait for a wedged backend until it is tried again.
    private mutating func lookAtTrial(of backend: BackendIndex, now: Instant) {
        let loader = self.backends[Int(backend.row)].loader
        if !loader.mayLoad(at: now) { self.look(at: loader.until) }
    }

    private mutating func look(at instant: Instant) { self.lookAgain = min(self.lookAgain ?? .distantFuture, instant) }

    /// Whoever waits for a runner pays for its load, and may start on it from now on.
    private mutating func beginLoad<Payload>(
        _ runner: RunnerIndex,
        on backend: BackendIndex,
        _ reason: Resident.Reason,
        in requests: RequestTable<Payload>,
        now: Instant
    ) {
        let model = self.runners[runner].model
        let loadTime = self.loadTime(of: model, on: backend)
        var payers: [AccountIndex] = []
        // An account is that of a client and class, as a head is.
        self.runners[runner].waiters.forEachHead { payers.append(requests.entries[$0].account) }
        self.ledger.loads(for: payers, time: loadTime)
        var resident = Resident(name: self[model].name, model: model, changed: now)
        resident.options = self.runners[runner].options
        resident.phase = .loading(since: now)
        resident.reason = reason
        resident.visitStart = now.later(by: loadTime)
        resident.bytes = self.backends[Int(backend.row)].installed?[self[model].name] ?? 0
        self.backends[Int(backend.row)].beginLoad(resident, now: now)
        if reason != .room { self[model].swaps += 1 }
    }

    /// A client had a backend unload a model: it goes as soon as nothing of it is active.
    mutating func unloadedForClient(_ name: ModelName, on backend: BackendIndex) {
        let row = Int(backend.row)
        guard let place = self.backends[row].place(of: name) else { return }
        self.backends[row].keep(place, for: .zero, saidAt: self.now)
        guard !self.isActive(self.backends[row].residents[place], on: backend) else { return }
        self.backends[row].fellIdle(place, now: self.now)
        self.updateClock(of: backend, now: self.now)
    }
}
