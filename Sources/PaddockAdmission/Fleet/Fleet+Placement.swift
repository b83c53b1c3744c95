// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Where a request goes, and where a runner is loaded that is loaded nowhere.
extension Fleet {
    // MARK: - Runners

    /// The runner of a model for requests with such options.
    mutating func runner(of model: ModelIndex, _ options: RunnerOptions) -> RunnerIndex {
        let runners = self[model].runners
        if options.isEmpty { return runners[0] }
        if let known = runners.first(where: { self.runners[$0].options == options }) { return known }
        if runners.count > ModelPlacement.maxRunners { self.removeIdleRunners(of: model) }
        let runner = self.runners.insert(Runner(model, options, policy: self.waiterPolicy))
        self[model].runners.append(runner)
        return runner
    }

    /// Idle ones are remembered for how often they are asked for, but only so many.
    private mutating func removeIdleRunners(of model: ModelIndex) {
        var runners = self[model].runners
        // For requests without options.
        let first = runners[0]
        var excess = runners.count - ModelPlacement.maxRunners
        runners.removeAll { runner in
            guard excess > 0, runner != first, self.runners[runner].isIdle, !self.isPlanned(runner) else {
                return false
            }
            self.runners.remove(runner)
            excess -= 1
            return true
        }
        self[model].runners = runners
    }

    // MARK: - Backends that serve a request at once

    /// The backend with a free slot for a request of a runner, without a load: of those that have it loaded, the one with the fewest
    /// active requests for its weight; of equals the one that got a request longest ago.
    ///
    /// - Parameters:
    ///   - runner: What the request is for.
    ///   - requestClass: Its class.
    ///   - isOpen: Whether a backend may be chosen at all.
    func freeBackend(
        for runner: RunnerIndex,
        _ requestClass: RequestClass,
        where isOpen: (BackendIndex) -> Bool
    ) -> BackendIndex? {
        let model = self.runners[runner].model
        if self[model].isCloud, self.policy.isOn { return self.freeCloudBackend(for: model, where: isOpen) }
        let free = self.free(for: model, requestClass) { backend in
            self.isServed(runner, by: backend) && isOpen(backend)
        }
        if free != nil || self.isInstalledAnywhere(model) { return free }
        // No backend has it, and any of them can say so.
        return self.free(for: model, requestClass) { self.isAllowed(model, on: $0) && isOpen($0) }
    }

    /// The same for whichever backend may be chosen.
    ///
    /// It changes nothing, but is mutating: a fleet that is only read would be copied first.
    mutating func freeBackend(for runner: RunnerIndex, _ requestClass: RequestClass) -> BackendIndex? {
        guard self.isServedByOnlyBackend(runner) else {
            return self.freeBackend(for: runner, requestClass) { _ in true }
        }
        let (model, only) = (self.runners[runner].model, BackendIndex(0))
        let batchLimit = requestClass == .batch ? self.waiterPolicy.batchSlots : nil
        let limit = self.allowed(model, on: only)
        return self.slots.hasRoom(for: model, on: only, limit: limit, batchLimit: batchLimit) ? only : nil
    }

    /// Whether there is one backend alone, and it serves a runner without a load. That is usual, and told in a few instructions.
    @inline(__always)
    mutating func isServedByOnlyBackend(_ runner: RunnerIndex) -> Bool {
        let model = self.runners[runner].model
        guard self.backends.count == 1, self.slots.isUsable(BackendIndex(0)), !self[model].isCloud,
            self[model].allowed == nil
        else { return false }
        let isWatched = self.policy.isOn && self[model].mayWait && self.backends[0].isObserved
        return !isWatched || self.backends[0].serves(model, self.runners[runner].options)
    }

    /// The backend with a free slot for a request that unloads a runner: of those that have its model loaded, else of all.
    ///
    /// Not one where the model is on its way out, or about to be.
    func backendToUnload(_ runner: RunnerIndex, _ requestClass: RequestClass) -> BackendIndex? {
        let model = self.runners[runner].model
        guard !self[model].isCloud else { return nil }
        func state(on backend: BackendIndex) -> (isLoaded: Bool, isClosed: Bool) {
            let state = self.backends[Int(backend.row)]
            guard let place = state.place(of: model) else { return (false, false) }
            return (true, state.residents[place].isLeaving || state.isVictim(state.residents[place].name))
        }
        let holder = self.free(for: model, requestClass) {
            let state = state(on: $0)
            return state.isLoaded && !state.isClosed && self.isAvailable(model, on: $0)
        }
        guard holder == nil else { return holder }
        return self.free(for: model, requestClass) {
            !state(on: $0).isLoaded && self.mayRun(model, on: $0) && self.isAvailable(model, on: $0)
        }
    }

    /// Whether a backend was chosen because it has the model loaded, although another one with a free slot has fewer active requests.
    mutating func isChosenAsWarm(_ backend: BackendIndex, for runner: RunnerIndex, _ requestClass: RequestClass) -> Bool
    {
        guard self.policy.isOn, self.backends.count > 1 else { return false }
        let model = self.runners[runner].model
        guard self.backends[Int(backend.row)].isObserved, !self[model].isCloud else { return false }
        return self.free(for: model, requestClass) { self.mayRun(model, on: $0) } != backend
    }

    private func free(
        for model: ModelIndex,
        _ requestClass: RequestClass,
        where isOpen: (BackendIndex) -> Bool
    ) -> BackendIndex? {
        self.slots.next(
            for: model,
            needsHealth: !self[model].isStranded,
            limit: { self.allowed(model, on: $0) },
            batchLimit: requestClass == .batch ? self.waiterPolicy.batchSlots : nil,
            weight: { self.backends[Int($0.row)].weight },
            where: isOpen
        )
    }

    /// A model in the cloud takes no slot of a backend, but there is a limit for all such models together.
    private func freeCloudBackend(for model: ModelIndex, where isOpen: (BackendIndex) -> Bool) -> BackendIndex? {
        guard self.cloudActive < self.policy.cloudParallel else { return nil }
        let isInstalled = self.isInstalledAnywhere(model)
        return self.slots.next(
            for: model,
            needsHealth: !self[model].isStranded,
            limit: { _ in self.policy.cloudParallel },
            batchLimit: nil,
            weight: { self.backends[Int($0.row)].weight },
            where: { (self.mayRun(model, on: $0) || !isInstalled && self.isAllowed(model, on: $0)) && isOpen($0) }
        )
    }

    /// Whether a backend serves a runner without a load, or it is not known that it would have to load it.
    @inline(__always)
    private func isServed(_ runner: RunnerIndex, by backend: BackendIndex) -> Bool {
        let (model, options) = (self.runners[runner].model, self.runners[runner].options)
        let isWatched = self.policy.isOn && self[model].mayWait && self.backends[Int(backend.row)].isObserved
        guard isWatched, !self[model].isStranded else {
            return self.mayRun(model, on: backend) && self.isAvailable(model, on: backend)
                && !(isWatched && self.backends[Int(backend.row)].isUnloading(model))
        }
        return self.backends[Int(backend.row)].serves(model, options) && self.isAllowed(model, on: backend)
            && self.isAvailable(model, on: backend)
    }

    /// Whether a model may run on a backend: nobody forbade it, and the backend does not lack it.
    @inline(__always)
    func mayRun(_ model: ModelIndex, on backend: BackendIndex) -> Bool {
        guard self.isAllowed(model, on: backend) else { return false }
        guard self.backends.count > 1, let installed = self.backends[Int(backend.row)].installed else { return true }
        return installed[self[model].name] != nil
    }

    /// How many requests of a model may be active on a backend: the operator's limit, or less if the backend serves fewer at once.
    @inline(__always)
    func limit(of model: ModelIndex, on backend: BackendIndex) -> Int {
        guard self.policy.learnsParallel else { return self[model].parallel }
        return self[model].backends[Int(backend.row)].learner.limit
    }

    /// How many of them may be active there now: ``limit(of:on:)``, or less while others may use the rest.
    @inline(__always)
    private func allowed(_ model: ModelIndex, on backend: BackendIndex) -> Int {
        let limit = self.limit(of: model, on: backend)
        guard let caps = self.caps else { return limit }
        return min(limit, caps.cap(limit, self[model].name, backend))
    }

    /// Notes what may be used of the limits for now; nil for all of them.
    mutating func setCaps(_ caps: SlotCaps?) {
        self.caps = caps
        self.slots.setCaps(caps)
    }

    /// Whether requests of a model go well on a backend, or one is due to see whether they do, or no other backend is better.
    @inline(__always)
    func isAvailable(_ model: ModelIndex, on backend: BackendIndex) -> Bool {
        self.backends.count == 1 || !self.policy.usesBreakers || self.use(of: model, on: backend) != .none
            || !self.isAvailableElsewhere(model, than: backend)
    }

    private func isAvailableElsewhere(_ model: ModelIndex, than backend: BackendIndex) -> Bool {
        self.slots.containsUsable {
            $0 != backend && self.mayRun(model, on: $0) && self.use(of: model, on: $0) != .none
        }
    }

    /// Whether the breakers of a backend, and of a model on it, let a request pass.
    @inline(__always)
    func use(of model: ModelIndex, on backend: BackendIndex) -> Breaker.Use {
        let row = Int(backend.row)
        return min(self.backends[row].breaker.use(at: self.now), self[model].backends[row].breaker.use(at: self.now))
    }

    @inline(__always)
    private func isAllowed(_ model: ModelIndex, on backend: BackendIndex) -> Bool {
        self[model].allowed?.contains(backend) ?? true
    }

    /// Whether some backend that a model may use has it, or may have it.
    func isInstalledAnywhere(_ model: ModelIndex) -> Bool {
        let name = self[model].name
        return self.slots.indices.contains { backend in
            self.slots.isOpen(backend) && self.isAllowed(model, on: backend)
                && self.backends[Int(backend.row)].installed.map { $0[name] != nil } ?? true
        }
    }

    /// Whether a model may use any backend that gets requests.
    @inline(__always)
    func isServable(_ model: ModelIndex) -> Bool {
        guard let allowed = self[model].allowed else { return true }
        return self.slots.areAnyOpen(of: allowed)
    }

    /// Notes which models are *stranded*: no backend that they may run on is healthy, although others are.
    ///
    /// To be called when backends become healthy or not, open or not, or have other models installed.
    mutating func noteStranded() { for model in self.models { self[model].isStranded = self.isStranded(model) } }

    func isStranded(_ model: ModelIndex) -> Bool {
        guard self.backends.count > 1, self.slots.hasHealthy else { return false }
        var isAnywhere = false
        for backend in self.slots.indices where self.slots.isOpen(backend) && self.mayRun(model, on: backend) {
            if self.slots.isHealthy(backend) { return false }
            isAnywhere = true
        }
        return isAnywhere
    }

    /// Whether nothing has to be loaded for those that wait: then the order of the waiters is all that is to be decided.
    ///
    /// It changes nothing, but is mutating: a fleet that is only read would be copied first.
    ///
    /// - Parameter newcomer: The runner of a request that may have to wait from now on. Defaults to none.
    mutating func isSettled(with newcomer: RunnerIndex? = nil) -> Bool {
        guard self.policy.isOn else { return true }
        if self.isUsual(with: newcomer) { return true }
        for backend in self.backends.indices
        where self.backends[backend].isUnsettled && self.slots.isOpen(BackendIndex(backend)) { return false }
        if let newcomer, self.needsLoad(newcomer) { return false }
        for runner in self.runners.waiting
        where self.needsLoad(runner) || self.wantsCopy(runner) || self[self.runners[runner].model].isCloud {
            return false
        }
        return true
    }

    /// Whether the one backend serves all that wait and a newcomer. That is usual, and told in a few instructions.
    @inline(__always)
    private mutating func isUsual(with newcomer: RunnerIndex?) -> Bool {
        guard self.backends.count == 1, !self.backends[0].isUnsettled, self.runners.waiting.count < 2 else {
            return false
        }
        if let newcomer, !self.isServedByOnlyBackend(newcomer) { return false }
        guard let waiting = self.runners.waiting.first, waiting != newcomer else { return true }
        return self.isServedByOnlyBackend(waiting)
    }

    /// Whether a runner is cold: it is loaded on no backend that is of use, and can be loaded on one.
    @inline(__always)
    func needsLoad(_ runner: RunnerIndex) -> Bool {
        self.isServedNowhere(runner) && self.isInstalledAnywhere(self.runners[runner].model)
    }

    @inline(__always)
    func isServedNowhere(_ runner: RunnerIndex) -> Bool {
        let model = self.runners[runner].model
        guard self[model].mayWait, !self[model].isCloud, !self[model].isStranded else { return false }
        for backend in self.slots.indices where self.slots.isUsable(backend) {
            if self.isServed(runner, by: backend) || self.isServedSoon(runner, by: backend) { return false }
        }
        return true
    }

    /// Whether a runner is only closed until a load beside it has shown whether both fit, and that is expected before another load of
    /// the runner could end.
    private func isServedSoon(_ runner: RunnerIndex, by backend: BackendIndex) -> Bool {
        // Seldom so, and a copy of all that is known of a backend is no small thing.
        guard self.backends[Int(backend.row)].isOnTrial else { return false }
        let (model, state) = (self.runners[runner].model, self.backends[Int(backend.row)])
        guard let place = state.place(of: model), !state.residents[place].isLeaving,
            state.residents[place].fits(self.runners[runner].options), self.mayRun(model, on: backend)
        else { return false }
        // The load has ended, and the backend was asked what is left.
        guard let other = state.residents.first(where: \.isLoading), case .loading(let since) = other.phase else {
            return true
        }
        let time = other.model.map { self.loadTime(of: $0, on: backend) } ?? 0
        let left = since.later(by: time) - self.now
        return left.count <= self.loadTime(of: model, on: backend) && left.count >= -time
    }

    /// Whether the queue of a runner that is loaded somewhere is longer than another load of it would take.
    func wantsCopy(_ runner: RunnerIndex) -> Bool {
        guard self.backends.count > 1, let spill = self.policy.spill else { return false }
        let waiting = self.runners[runner].waiters.count
        let model = self.runners[runner].model
        guard !self[model].isCloud, self[model].mayWait else { return false }
        let (slots, isLoading) = self.warmSlots(of: runner)
        guard slots > 0, !isLoading, waiting > 0 else { return false }
        return Double(waiting) * Double(self[model].typical) / Double(slots)
            > spill * Double(self.loadTime(of: model)) + Double(self[model].typical)
    }

    /// How many slots a runner has where it is loaded, and whether it is being loaded somewhere.
    private func warmSlots(of runner: RunnerIndex) -> (slots: Int, isLoading: Bool) {
        let (model, options) = (self.runners[runner].model, self.runners[runner].options)
        var (slots, isLoading) = (0, false)
        for (index, backend) in self.backends.enumerated()
        where backend.serves(model, options) && self.slots.isOpen(BackendIndex(index)) {
            slots += min(
                self.limit(of: model, on: BackendIndex(index)),
                self.slots.bound(of: BackendIndex(index)) ?? .max
            )
            if let place = backend.place(of: model), backend.residents[place].isLoading { isLoading = true }
        }
        return (slots, isLoading)
    }

    // MARK: - Loads

    /// How long a model takes to load, in nanoseconds: the most that any of its backends is expected to take.
    func loadTime(of model: ModelIndex) -> Int64 {
        var longest: Int64 = 0
        for index in self.backends.indices { longest = max(longest, self.loadTime(of: model, on: BackendIndex(index))) }
        return longest
    }

    /// How long a model takes to load on a backend, in nanoseconds.
    func loadTime(of model: ModelIndex, on backend: BackendIndex) -> Int64 {
        let state = self.backends[Int(backend.row)]
        return self[model].backends[Int(backend.row)].loadTimes.expected(
            bytes: state.installed?[self[model].name] ?? 0,
            rate: state.loadRate
        )
    }

    /// What a backend would load next: of the cold runners for which it is the cheapest place the one whose client is owed most, in
    /// steps of the slack, and of equals the one that has waited longest; else a copy.
    ///
    /// - Parameter contest: The cold runners that may go there.
    func target<Payload>(
        of backend: BackendIndex,
        _ contest: Contest,
        in requests: RequestTable<Payload>,
        now: Instant
    ) -> LoadTarget? {
        let state = self.backends[Int(backend.row)]
        guard state.isObserved, !state.isChanging, self.slots.isOpen(backend) else { return nil }
        // Where a runner costs least depends on its model alone.
        var elsewhere: Set<ModelIndex> = []
        for runner in contest.order where !self.isPlanned(runner) {
            let model = self.runners[runner].model
            if elsewhere.contains(model) { continue }
            if self.cheapestBackend(for: runner, now: now) == backend {
                return self.target(runner, on: backend, now: now)
            }
            elsewhere.insert(model)
        }
        for runner in self.runners.waiting where self.wantsCopy(runner) && !self.isPlanned(runner) {
            let model = self.runners[runner].model
            guard self.mayRun(model, on: backend), state.place(of: model) == nil, !state.loader.isWedged else {
                continue
            }
            if let target = self.target(runner, on: backend, isCopy: true, now: now) { return target }
        }
        return nil
    }

    /// Whether a backend makes room for a runner.
    func isPlanned(_ runner: RunnerIndex) -> Bool { self.backends.contains { $0.plan?.target == runner } }

    private func target(
        _ runner: RunnerIndex,
        on backend: BackendIndex,
        isCopy: Bool = false,
        now: Instant
    ) -> LoadTarget? {
        let model = self.runners[runner].model
        guard let victims = Victims(self, for: runner, on: backend, now: now) else { return nil }
        // Nobody is to wait for a copy.
        let isHurting = isCopy && victims.isTrial(of: runner, on: backend, self, now: now)
        if isHurting, self.backends[Int(backend.row)].residents.contains(where: { self.isUsed($0, on: backend) }) {
            return nil
        }
        let reason: Resident.Reason =
            if isCopy {
                .copy
            } else if victims.gone.isEmpty {
                .room
            } else {
                victims.gone.allSatisfy { $0.model == model } ? .options : .turn
            }
        let loadTime = self.loadTime(of: model, on: backend)
        return LoadTarget(runner: runner, victims: victims.gone, reason: reason, loadTime: loadTime)
    }

    /// The backend on which a cold runner costs least.
    func cheapestBackend(for runner: RunnerIndex, now: Instant) -> BackendIndex? {
        var best: (backend: BackendIndex, cost: LoadCost)?
        for backend in self.slots.usable {
            guard self.backends[Int(backend.row)].isObserved,
                self.mayRun(self.runners[runner].model, on: backend),
                self.isAvailable(self.runners[runner].model, on: backend),
                let cost = self.cost(of: runner, on: backend, now: now)
            else { continue }
            if let best, !(cost < best.cost) { continue }
            best = (backend, cost)
        }
        return best?.backend
    }

    private func cost(of runner: RunnerIndex, on backend: BackendIndex, now: Instant) -> LoadCost? {
        let state = self.backends[Int(backend.row)]
        let active = Double(self.slots.active(on: backend)) / state.weight
        if state.loader.isWedged, state.isChanging || !state.loader.mayLoad(at: now) { return nil }
        let lastStart = self.slots.lastStart(on: backend)
        if state.isChanging { return LoadCost(rank: 2, active: active, lastStart: lastStart) }
        guard let victims = Victims(self, for: runner, on: backend, now: now) else { return nil }
        var (isAnyBusy, demand) = (false, 0.0)
        // What stays is of no use, either, while a load shows whether all of it fits.
        let isTrial = victims.isTrial(of: runner, on: backend, self, now: now)
        for resident in isTrial ? state.residents : victims.gone {
            if Victims.rank(of: resident, on: backend, self) > 0 { isAnyBusy = true }
            demand += Victims.value(of: resident, on: backend, self, now: now)
        }
        // Nothing that is needed goes for a mere trial.
        if isAnyBusy, state.loader.isWedged { return nil }
        return LoadCost(rank: isAnyBusy ? 1 : 0, demand: demand, active: active, lastStart: lastStart)
    }

    // MARK: - What is loaded

    /// Whether the policy allows what is planned on a backend.
    func mayKeepPlan(on backend: BackendIndex) -> Bool {
        let state = self.backends[Int(backend.row)]
        guard let plan = state.plan else { return true }
        return self.policy.isOn && self.mayRun(self.runners[plan.target].model, on: backend)
            && state.residents.allSatisfy { resident in
                // The same model with other options stays, even if it is pinned.
                !state.isVictim(resident.name) || Victims.mayGo(resident, self)
                    || resident.model == self.runners[plan.target].model && !resident.isLoading
            }
    }

    private func isUsed(_ resident: Resident, on backend: BackendIndex) -> Bool {
        self.isActive(resident, on: backend) || self.isWaitedFor(resident)
    }

    func isActive(_ resident: Resident, on backend: BackendIndex) -> Bool {
        resident.model.map { self.slots.active(of: $0, on: backend) > 0 } ?? false
    }

    /// Whether anybody waits whom a resident could serve.
    func isWaitedFor(_ resident: Resident) -> Bool {
        guard let model = resident.model else { return false }
        return self[model].runners.contains {
            self.runners[$0].waiters.count > 0 && resident.fits(self.runners[$0].options)
        }
    }

    /// On how many other backends a resident's requests could be served.
    func copies(of resident: Resident, besides backend: BackendIndex) -> Int {
        guard let model = resident.model else { return 0 }
        var count = 0
        for other in self.slots.usable {
            if other != backend, self.backends[Int(other.row)].serves(model, resident.options) { count += 1 }
        }
        return count
    }

    /// Looks for backends that are silent while others answer.
    ///
    /// - Parameter models: Which know how long first bytes take.
    mutating func lookForSilence(_ models: inout ModelTable, now: Instant) {
        guard self.backends.count > 1 else { return }
        for index in self.backends.indices.map({ BackendIndex($0) }) where self.slots.active(on: index) > 0 {
            let others = self.backends.indices.filter { $0 != Int(index.row) }
            let elsewhere = others.compactMap { self.backends[$0].breaker.lastProgress }.max()
            var (firstByte, load) = (Int64(0), Int64(0))
            for model in self.models where self.slots.active(of: model, on: index) > 0 {
                firstByte = max(firstByte, models[model].times.slowFirstByte() ?? self[model].typical)
                load = max(load, self.loadTime(of: model, on: index))
            }
            self.backends[Int(index.row)].breaker.look(
                active: self.slots.active(on: index),
                allowance: Breaker.silenceAllowance(firstByte: firstByte, load: load),
                elsewhere: elsewhere,
                now: now
            )
        }
    }

    // MARK: - Backends that fail

    /// The reply to a request goes on.
    mutating func progressed<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        in requests: RequestTable<Payload>
    ) {
        let model = self.runners[requests.entries[request].runner].model
        self.backends[Int(backend.row)].breaker.progressed(now: self.now)
        self[model].backends[Int(backend.row)].breaker.progressed(now: self.now)
    }

    /// A backend has refused a request before it began to work on it: the model rests there.
    ///
    /// - Returns: Whether another backend could have it.
    mutating func refused<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        retryAfter: Int64?,
        in requests: RequestTable<Payload>
    ) -> Bool {
        let model = self.runners[requests.entries[request].runner].model
        let began = requests.entries[request].started
        self.backends[Int(backend.row)].refusals += 1
        self[model].backends[Int(backend.row)].breaker.ended(
            .refused(retryAfter: retryAfter),
            began: began,
            now: self.now
        )
        return self.slots.containsUsable {
            $0 != backend && self.mayRun(model, on: $0) && self.use(of: model, on: $0) != .none
        }
    }

    // MARK: - What backends say of themselves

    /// A backend has listed what it has loaded.
    mutating func observe(
        _ list: [LoadedModel],
        on backend: BackendIndex,
        asked: Instant,
        models: ModelTable,
        now: Instant
    ) {
        let slots = self.slots
        self.backends[Int(backend.row)].observe(
            list,
            asked: asked,
            now: now,
            model: { models.index(of: $0) },
            isActive: { slots.active(of: $0, on: backend) > 0 }
        )
        self.nextExpiry = min(self.nextExpiry, self.backends[Int(backend.row)].nextExpiry)
        self.removeEmptyLoads()
        var state = self.backends[Int(backend.row)]
        state.lookForWedge(least: self.policy.wedgeAfter, now: now) { self.loadTime(of: $0, on: backend) }
        self.backends[Int(backend.row)] = state
        self.updateClock(of: backend, now: now)
    }

    /// What backends unload by themselves by now is cold.
    ///
    /// - Returns: The backends that have something loaded no more.
    mutating func expire() -> [BackendIndex] {
        let slots = self.slots
        var next = Instant.distantFuture
        let changed = self.backends.indices.filter { row in
            let isGone = self.backends[row].expire(now: self.now) { slots.active(of: $0, on: BackendIndex(row)) > 0 }
            next = min(next, self.backends[row].nextExpiry)
            return isGone
        }.map { BackendIndex($0) }
        self.nextExpiry = next
        for backend in changed { self.updateClock(of: backend, now: self.now) }
        return changed
    }

    /// A backend was asked to unload a model, and has answered or not: it counts as gone until the backend says otherwise.
    mutating func unloaded(_ model: ModelName, on backend: BackendIndex) {
        if self.backends[Int(backend.row)].unloaded(model) { self.updateClock(of: backend, now: self.now) }
    }
}
