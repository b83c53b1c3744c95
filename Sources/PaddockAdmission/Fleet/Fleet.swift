// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Who waits for which runner, what is loaded where, and what is next: several models and backends as one machine.
///
/// Requests go to backends that have their runner loaded. A runner that waits and is loaded nowhere is *cold*: it gets a backend
/// by ``nextStep(now:in:)``, where the visits of the runners there are over (`Fleet+Visits.swift`) and it costs least
/// (`Fleet+Placement.swift`). If nothing is cold, or no backend says what it has loaded, none of this is looked at: a request
/// goes to the backend with the fewest active ones, and the order within a runner is ``WaiterQueue``'s.
///
/// Rules: contract, section 20. Where they come from: polling theory (gated service keeps the whole stability region; a least visit
/// bounds the share of swaps) and deficit-based fair queueing.
struct Fleet {
    private(set) var policy: FleetPolicy
    /// What may be used of the limits for now; nil for all of them.
    var caps: SlotCaps?
    private(set) var waiterPolicy: AdmissionPolicy
    var runners = RunnerTable()
    var slots: BackendSlots
    var ledger = ServiceLedger()
    /// What clients may use at most.
    var quotas = Quotas()
    /// Whether waiters may start that were blocked.
    private var hasUnblocked = false
    /// Whether all that wait have an account.
    private var doWaitersHaveAccounts = false
    var shared = SharedTurns()
    private var placements = PlacementTable()
    /// By the index of the backend.
    var backends: [FleetBackend]
    /// The time of the latest event.
    var now: Instant
    /// Active requests of models in the cloud, on all backends.
    private(set) var cloudActive = 0
    /// When the rules have to be looked at again though nothing happens; `nil` for not before something does.
    var lookAgain: Instant?
    /// When the first of what is loaded runs out by itself, at the latest; `distantFuture` if that is not known of any.
    var nextExpiry = Instant.distantFuture
    /// A backend of which it would be good to know soon what it has loaded.
    var toLookAt: BackendIndex?
    /// How long loads and waits for them took.
    var times = FleetTimes()

    init(_ options: AdmissionOptions, now: Instant) {
        (self.policy, self.waiterPolicy, self.now) = (options.policy.fleet, options.policy, now)
        self.slots = BackendSlots(count: options.backendCount, bounds: options.backendSlots)
        self.quotas.configure(options.quotas)
        _ = self.quotas.obey(options.orders)
        self.quotas.setClock(offset: options.clockOffset)
        self.backends = (0..<options.backendCount).map { backend in
            let index = BackendIndex(backend)
            return FleetBackend(
                fit: options.memory[index] ?? MemoryFit(),
                weight: options.weights[index] ?? 1,
                seed: UInt64(backend),
                now: now
            )
        }
    }

    /// A runner by its index.
    subscript(runner: RunnerIndex) -> Runner {
        @inline(__always) _read { yield self.runners[runner] }
        @inline(__always) _modify { yield &self.runners[runner] }
    }

    // MARK: - Models and runners

    /// Where the runners of a model may be.
    subscript(model: ModelIndex) -> ModelPlacement {
        @inline(__always) _read { yield self.placements[model] }
        @inline(__always) _modify { yield &self.placements[model] }
    }

    /// A model has an entry from now on.
    mutating func add(_ model: ModelIndex, name: ModelName, parallel: Int) {
        self.slots.makeRow(for: model)
        let runner = self.runners.insert(Runner(model, RunnerOptions(), policy: self.waiterPolicy))
        let placement = ModelPlacement(
            name: name,
            runner: runner,
            parallel: parallel,
            backendCount: self.backends.count
        )
        self.placements.insert(placement, of: model, rule: self.policy.placements[name])
        self[model].isStranded = self.isStranded(model)
        for backend in self.backends.indices { self.backends[backend].link(name, to: model) }
    }

    /// A model has no entry any more. Nothing of it waits or is active.
    mutating func remove(_ model: ModelIndex) {
        for runner in self[model].runners {
            for backend in self.backends.indices where self.backends[backend].plan?.target == runner {
                self.backends[backend].plan = nil
            }
            self.runners.remove(runner)
        }
        for backend in self.backends.indices { self.backends[backend].link(self[model].name, to: nil) }
        self[model].runners = []
    }

    /// All models that have an entry.
    var models: [ModelIndex] { self.placements.models }

    /// The model of a name, if it has an entry.
    func model(named name: ModelName) -> ModelIndex? { self.placements.model(named: name) }

    /// Applies another policy, to those who wait, too.
    mutating func setPolicy<Payload>(_ policy: AdmissionPolicy, in requests: RequestTable<Payload>) {
        (self.policy, self.waiterPolicy) = (policy.fleet, policy)
        for model in self.models {
            for runner in self[model].runners { self.runners[runner].waiters.setPolicy(policy, in: requests) }
        }
        self.placements.apply(policy.fleet.placements)
        self.noteStranded()
        // What was planned may be forbidden now.
        for backend in self.backends.indices where !self.mayKeepPlan(on: BackendIndex(backend)) {
            self.backends[backend].plan = nil
        }
    }

    // MARK: - Backends

    /// Adds a backend that gets no requests yet.
    mutating func addBackend(_ traits: BackendTraits, now: Instant) -> BackendIndex {
        let seed = UInt64(self.backends.count)
        self.backends.append(FleetBackend(fit: traits.memory, weight: traits.weight, seed: seed, now: now))
        self.placements.addBackend()
        return self.slots.add(bound: traits.slots)
    }

    /// Notes what is said of a backend.
    mutating func describe(_ backend: BackendIndex, _ traits: BackendTraits) {
        self.backends[Int(backend.row)].weight = traits.weight
        if self.backends[Int(backend.row)].declared != traits.memory {
            self.backends[Int(backend.row)].declared = traits.memory
            self.backends[Int(backend.row)].fit = traits.memory
        }
    }

    /// Notes whether a backend gets requests. What was planned on one that gets none is not done.
    mutating func setStanding(_ backend: BackendIndex, _ standing: BackendStanding) {
        let row = Int(backend.row)
        self.backends[row].plan = nil
        if standing == .open, self.slots.standing(of: backend) == .removed {
            // Nobody has asked meanwhile what it has.
            let slots = self.slots
            self.backends[row].forgetAll(now: self.now) { slots.active(of: $0, on: backend) > 0 }
            self.backends[row].forgetAnswers()
        }
        self.slots.setStanding(backend, standing)
        self.noteStranded()
    }

    // MARK: - Waiting

    /// Whether accounts over all models are kept: not if there is only one runner, for which ``WaiterQueue`` is enough.
    private var areAccountsKept: Bool { self.policy.isOn && self.runners.count > 1 }

    /// A request has arrived; it neither waits nor is active yet.
    mutating func arrived<Payload>(
        _ request: RequestIndex,
        _ client: Client,
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) {
        let runner = requests.entries[request].runner
        // What a client asks for that is paused keeps no model loaded.
        if !self.quotas.isPaused(requests.entries[request].quota) {
            self.runners[runner].demand.arrived(now: now, isIdle: self.runners[runner].isIdle)
        }
        guard self.areAccountsKept else {
            self.doWaitersHaveAccounts = false
            return
        }
        if !self.doWaitersHaveAccounts {
            self.doWaitersHaveAccounts = true
            self.openAccounts(in: &requests, now: now)
        }
        self.openAccount(for: request, client, in: &requests, now: now)
    }

    private mutating func openAccount<Payload>(
        for request: RequestIndex,
        _ client: Client,
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) {
        let runner = requests.entries[request].runner
        let requestClass = requests.entries[request].requestClass
        requests.entries[request].account = self.ledger.arrived(
            client,
            requestClass,
            share: requestClass == .batch ? self.waiterPolicy.batchShare : 1,
            slack: self.policy.slack * Double(self.loadTime(of: self.runners[runner].model)),
            now: now
        )
        if self.quotas.isPaused(requests.entries[request].quota) { self.ledger.setHeld(client.name, true) }
    }

    /// There was one runner, and now there are two: what waits has to count from now on, or a long queue would be served free.
    private mutating func openAccounts<Payload>(in requests: inout RequestTable<Payload>, now: Instant) {
        for request in requests.live where requests.nodes[request].links.isLinked {
            guard !requests.entries[request].account.exists else { continue }
            let client = self.runners[requests.entries[request].runner].waiters.client(requests.entries[request].client)
            self.openAccount(for: request, client, in: &requests, now: now)
        }
        for backend in self.backends.indices { self.updateClock(of: BackendIndex(backend), now: now) }
    }

    /// Adds the newest waiter of a runner, or one that had started already.
    mutating func enqueue<Payload>(
        _ request: RequestIndex,
        again: Bool = false,
        in requests: inout RequestTable<Payload>
    ) {
        let runner = requests.entries[request].runner
        let (client, quota) = (requests.entries[request].client, requests.entries[request].quota)
        if quota.exists {
            self.quotas.enqueued(quota, runner, client)
            self.runners[runner].waiters.setBlocked(client, self.quotas.isAtLimit(quota), in: requests)
        }
        if again {
            self.runners[runner].waiters.putBack(request, in: &requests)
        } else {
            self.runners[runner].waiters.append(request, in: &requests)
        }
        self[self.runners[runner].model].waiting[requests.entries[request].requestClass] += 1
        self.runners.noteWaiters(of: runner)
    }

    /// Takes a waiter out of its queue.
    mutating func dequeue<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>) {
        let runner = requests.entries[request].runner
        self.quotas.dequeued(requests.entries[request].quota, runner, requests.entries[request].client)
        self.runners[runner].waiters.remove(request, in: &requests)
        self[self.runners[runner].model].waiting[requests.entries[request].requestClass] -= 1
        self.runners.noteWaiters(of: runner)
    }

    /// Whether nothing has to be loaded, as ``isSettled(with:)`` says, and the backend on which a newcomer starts at once; nil if it has
    /// to wait.
    mutating func place(
        _ newcomer: RunnerIndex,
        _ requestClass: RequestClass
    ) -> (isSettled: Bool, backend: BackendIndex?) {
        let isSettled = self.isSettled(with: newcomer)
        return (isSettled, isSettled ? self.freeBackend(for: newcomer, requestClass) : nil)
    }

    // MARK: - Quotas

    /// Whether waiters may start that might not when this was last asked.
    mutating func takeUnblocked() -> Bool { exchange(&self.hasUnblocked, with: false) }

    /// Keeps waiters of a client from starting, or no longer.
    private mutating func setBlocked<Payload>(
        _ entries: [Quotas.QueueEntry],
        _ isBlocked: Bool,
        in requests: RequestTable<Payload>
    ) {
        for entry in entries {
            self.runners[entry.runner].waiters.setBlocked(entry.client, isBlocked, in: requests)
            self.runners.noteWaiters(of: entry.runner)
            self.noteTurn(of: entry.runner, in: requests)
        }
        if !isBlocked, !entries.isEmpty { self.hasUnblocked = true }
    }

    /// Applies other quotas, to those who wait, too.
    mutating func setQuotas<Payload>(_ quotas: [String: Quota], in requests: inout RequestTable<Payload>) {
        self.count(self.quotas.configure(quotas), in: &requests)
        for (entries, isAtLimit) in self.quotas.entries { self.setBlocked(entries, isAtLimit, in: requests) }
    }

    /// Counts the live requests of clients of which nothing was counted so far.
    private mutating func count<Payload>(_ new: [String: QuotaIndex], in requests: inout RequestTable<Payload>) {
        guard !new.isEmpty else { return }
        for request in requests.live {
            let (runner, client) = (requests.entries[request].runner, requests.entries[request].client)
            guard let quota = new[self.runners[runner].waiters.client(client).name] else { continue }
            requests.entries[request].quota = quota
            if requests.nodes[request].links.isLinked {
                self.quotas.enqueued(quota, runner, client)
            } else {
                _ = self.quotas.started(quota)
            }
        }
    }

    /// Applies other orders of an operator, to those who wait, too.
    ///
    /// Nobody is owed anything for the time in which it was not allowed to run: a client that may again begins at the virtual time.
    mutating func obey<Payload>(_ orders: [String: ClientOrder], in requests: inout RequestTable<Payload>) {
        let (new, freed) = self.quotas.obey(orders)
        self.count(new, in: &requests)
        for client in freed {
            for entry in self.quotas.entries(of: client) {
                self.runners[entry.runner].waiters.liftToVirtualTime(entry.client, in: requests)
            }
        }
        for (entries, isAtLimit) in self.quotas.entries { self.setBlocked(entries, isAtLimit, in: requests) }
        for (name, isPaused) in self.quotas.pauses { self.ledger.setHeld(name, isPaused) }
    }

    // MARK: - Active requests

    /// A request that waits no more gets a slot.
    ///
    /// - Returns: What it is charged, in nanoseconds of slot time.
    mutating func start<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) -> Int64 {
        let runner = requests.entries[request].runner
        let model = self.runners[runner].model
        self.setBlocked(self.quotas.started(requests.entries[request].quota), true, in: requests)
        var charge = self.startCharge(of: model)
        self.slots.take(model: model, backend: backend, requests.entries[request].requestClass)
        self.runners[runner].active += 1
        self.runners[runner].waiters.start(request, charge: charge, in: &requests)
        if requests.entries[request].units > 1 {
            charge = self.widen(request, of: model, on: backend, in: &requests)
        }
        self.begin(request, of: model, on: backend, in: &requests, now: now)
        requests.entries[request].machineStart = -1
        if self[model].isCloud {
            self.cloudActive += 1
            return charge
        }
        guard self.isWatching(backend) else { return charge }
        if self.use(runner, on: backend, now: now) {
            self.times.swapWaits.add(now - requests.entries[request].arrived)
        }
        if requests.entries[request].account.exists {
            self.ledger.started(
                request,
                tokens: self.isFairByTokens ? self[model].typicalTokens : nil,
                orTime: Double(charge) / Double(self[model].parallel),
                at: self.backends[Int(backend.row)].clock.reading(at: now),
                in: &requests
            )
        }
        return charge
    }

    /// Whether requests cost their tokens, and not their time.
    @inline(__always)
    private var isFairByTokens: Bool { self.waiterPolicy.fairnessBy == .tokens }

    /// What a request of a model is charged when it starts, in nanoseconds of slot time.
    func charge(of model: ModelIndex) -> Int64 {
        self.isFairByTokens ? self.ledger.charge(forTokensOf: self[model]) : self[model].typical
    }

    /// The same. It changes nothing, but is mutating: a fleet that is only read would be copied first.
    @inline(__always)
    mutating func startCharge(of model: ModelIndex) -> Int64 {
        self.isFairByTokens ? self.charge(of: model) : self[model].typical
    }

    /// As how many slots a request counts at most, so that its slot time can be written in nanoseconds for as long as it may take.
    private static let maxWidth: Int32 = 64

    /// A request of several inputs, which has been charged as one, takes several slots of the backend's own: at once or one after the
    /// other.
    ///
    /// - Returns: What it is charged in all, in nanoseconds of slot time.
    private mutating func widen<Payload>(
        _ request: RequestIndex,
        of model: ModelIndex,
        on backend: BackendIndex,
        in requests: inout RequestTable<Payload>
    ) -> Int64 {
        let units = requests.entries[request].units
        let width = min(units, Int32(clamping: self[model].parallel), Self.maxWidth)
        let charge = self.startCharge(of: model)
        let more = charge.multipliedSaturating(by: Int64(width - 1))
        requests.entries[request].width = width
        self.runners[requests.entries[request].runner].waiters.charge(request, more: more, in: &requests)
        self.backends[Int(backend.row)].extraUnits += Int(units) - 1
        self[model].backends[Int(backend.row)].extraUnits += Int(units) - 1
        return charge.addingSaturating(more)
    }

    /// The learner and the breakers of a model and its backend get to know of a request.
    private mutating func begin<Payload>(
        _ request: RequestIndex,
        of model: ModelIndex,
        on backend: BackendIndex,
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) {
        let row = Int(backend.row)
        self.backends[row].breaker.began(active: self.slots.active(on: backend) - 1, now: now)
        if self.hasBreakers {
            self[model].backends[row].breaker.began(active: self.slots.active(of: model, on: backend) - 1, now: now)
        }
        guard self.learnsLimit(of: model) else { return }
        let expectsStream = requests.entries[request].expectsStream
        let token = self[model].backends[row].learner.started(expectsStream: expectsStream, now: now)
        requests.entries[request].token = token
    }

    /// Whether it matters how the requests of a model go on a backend: the only one is used in any case, and how it does is shown.
    @inline(__always)
    var hasBreakers: Bool { self.backends.count > 1 }

    /// Whether the limit of a model is learned: not if there is nothing below it.
    @inline(__always)
    private func learnsLimit(of model: ModelIndex) -> Bool {
        self.policy.learnsParallel && self[model].parallel > 1 && !self[model].isCloud
    }

    /// Who wants to know of the first byte of a request at once.
    ///
    /// It changes nothing, but is mutating: a fleet that is only read would be copied first.
    mutating func firstByteUse(_ runner: RunnerIndex, on backend: BackendIndex, isStream: Bool) -> FirstByteUse {
        let (model, row) = (self.runners[runner].model, Int(backend.row))
        if let place = self.backends[row].place(of: model), self.backends[row].residents[place].isLoading {
            return .ofLoad
        }
        return isStream && self.learnsLimit(of: model) ? .ofStream : .none
    }

    /// A request gives its slot back.
    ///
    /// - Parameters:
    ///   - outcome: What it says about its backend.
    ///   - progress: How far its reply came.
    ///   - processing: How long it held it, in nanoseconds; 0 if it is to count as if it had never had it.
    mutating func end<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        _ outcome: Breaker.Outcome,
        _ progress: ReplyProgress,
        processing: Int64,
        in requests: inout RequestTable<Payload>
    ) {
        let runner = requests.entries[request].runner
        let model = self.runners[runner].model
        let row = Int(backend.row)
        let now = self.now
        let saysDurations = progress.durations?.arePossible(within: processing) ?? false
        let began = requests.entries[request].started
        self.backends[row].breaker.ended(outcome, began: began, now: now)
        if self.hasBreakers {
            self[model].backends[row].breaker.ended(outcome, began: began, now: now)
        }
        if let token = requests.entries[request].token.take() {
            let isAwaited = self.runners[runner].waiters.count > 0
            let didWait = saysDurations ? self.didWaitInside(progress, since: requests.entries[request].started) : nil
            self[model].backends[row].learner.ended(token, didWaitInside: didWait, isAwaited: isAwaited, now: now)
        }
        self.slots.release(model: model, backend: backend, requests.entries[request].requestClass)
        self.runners[runner].active -= 1
        let (units, width) = (requests.entries[request].units, requests.entries[request].width)
        let slotTime = width == 1 ? processing : processing.multipliedSaturating(by: Int64(width))
        let tokens = self.isFairByTokens ? progress.knownTokens : nil
        let cost = tokens.map { self.ledger.cost(of: $0, in: slotTime) } ?? slotTime
        if let tokens { self[model].used(tokens) }
        self.runners[runner].waiters.end(request, cost: cost, in: &requests)
        if units > 1 {
            self.backends[row].extraUnits -= Int(units) - 1
            self[model].backends[row].extraUnits -= Int(units) - 1
        }
        self.setBlocked(self.quotas.ended(requests.entries[request].quota), false, in: requests)
        if self[model].isCloud {
            self.cloudActive -= 1
            return
        }
        guard self.isWatching(backend) else { return }
        self.measureLoad(of: model, on: backend, progress, saysDurations, requests.entries[request].started)
        if requests.entries[request].isCharged {
            let used = processing == 0 ? 0 : self.machineTime(of: request, in: requests) * Double(units)
            self.ledger.ended(request, tokens: tokens, time: used, in: requests)
        }
        if saysDurations, self.runners[runner].options.isEmpty, let load = progress.durations?.load {
            let started = requests.entries[request].started
            let usual = self.loadTime(of: model, on: backend)
            if self.backends[row].suspectReload(of: model, load: load, usual: usual, startedAt: started, now: now) {
                self.toLookAt = backend
            }
        }
        self.use(runner, on: backend, now: now)
        if let keepAlive = requests.entries[request].keepAlive, (200..<400).contains(progress.status) {
            self.keep(model, on: backend, for: keepAlive, saidAt: requests.entries[request].started)
        }
        if self.slots.active(of: model, on: backend) == 0 { self.fellIdle(model, on: backend) }
        if self.runners[runner].isIdle { self.runners[runner].demand.fellIdle(now: now) }
    }

    /// A request has ended, or left its queue for good.
    mutating func forget<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>, now: Instant) {
        let (runner, account) = (requests.entries[request].runner, requests.entries[request].account)
        self.quotas.released(requests.entries[request].quota, reserved: requests.entries[request].reserved)
        self.runners[runner].waiters.releaseIfIdle(requests.entries[request].client, now: now)
        if account.exists {
            self.ledger.forget(account, now: now)
            requests.entries[request].account = .none
        }
        if self.runners[runner].isIdle { self.runners[runner].waiters.reset() }
    }

    /// Whether it is known what a backend has loaded, and of use.
    @inline(__always)
    private func isWatching(_ backend: BackendIndex) -> Bool {
        self.policy.isOn && self.backends[Int(backend.row)].isObserved
    }

    /// A request of a runner has begun or ended on a backend.
    ///
    /// - Returns: Whether the model is being loaded there.
    @discardableResult
    private mutating func use(_ runner: RunnerIndex, on backend: BackendIndex, now: Instant) -> Bool {
        let (place, model) = (Int(backend.row), self.runners[runner].model)
        var isLoading = false
        if let resident = self.backends[place].place(of: model) {
            self.backends[place].used(resident, self.runners[runner].options, now: now)
            isLoading = self.backends[place].residents[resident].isLoading
            // Whoever was to load it has ended without a first byte.
            let isEmptyLoad = isLoading && !self.backends[place].residents[resident].isPreloading
            if isEmptyLoad, self.slots.active(of: model, on: backend) == 0 {
                self.backends[place].giveUpLoad(resident, now: now)
            }
        }
        // Without accounts it only counts whether the backend serves anybody.
        if self.areAccountsKept || self.slots.active(on: backend) <= 1 { self.updateClock(of: backend, now: now) }
        return isLoading
    }

    /// Requests that wait for a load take no machine time.
    mutating func updateClock(of backend: BackendIndex, now: Instant) {
        let row = Int(backend.row)
        var serving = self.slots.active(on: backend) + self.backends[row].extraUnits
        for resident in self.backends[row].residents where resident.isLoading {
            guard let model = resident.model else { continue }
            serving -= self.slots.active(of: model, on: backend) + self[model].backends[row].extraUnits
        }
        self.backends[row].note(serving: serving, now: now)
    }

    /// The first byte of a reply that is no error has come.
    ///
    /// - Parameter isStream: Whether it is a stream; any other reply comes when it is ready.
    /// - Returns: Whether a load has ended with it.
    mutating func answered<Payload>(
        _ request: RequestIndex,
        on backend: BackendIndex,
        isStream: Bool,
        in requests: inout RequestTable<Payload>,
        now: Instant
    ) -> Bool {
        let (place, model) = (Int(backend.row), self.runners[requests.entries[request].runner].model)
        if var token = requests.entries[request].token {
            self[model].backends[place].learner.firstByte(&token, isStream: isStream, now: now)
            requests.entries[request].token = token
        }
        guard self.policy.isOn, let resident = self.backends[place].place(of: model),
            case .loading(let since) = self.backends[place].residents[resident].phase
        else { return false }
        let bytes = self.backends[place].residents[resident].bytes
        let load = MeasuredLoad(began: since, ended: now, bytes: bytes, isCounted: isStream)
        // On a trial it may contain the time that the backend took to evict something busy.
        let isMeasured = !self.backends[place].isOnTrial
        self.backends[place].loaded(resident, isMeasured ? load : nil, now: now)
        if isStream, isMeasured { self.countLoad(of: model, on: backend, nanoseconds: load.measured, bytes: bytes) }
        self[model].backends[place].learner.loadedAnew()
        self.updateClock(of: backend, now: now)
        return true
    }

    // MARK: - Backends

    /// Notes whether a backend is healthy, and says whether that is news.
    ///
    /// What one had loaded that does not answer is not known any more.
    mutating func setHealthy(_ backend: BackendIndex, _ healthy: Bool) -> Bool {
        guard self.slots.setHealthy(backend, healthy) else { return false }
        self.noteStranded()
        if healthy { self.backends[Int(backend.row)].breaker.reached(now: self.now) }
        if !healthy {
            let slots = self.slots
            self.backends[Int(backend.row)].forgetAll(now: self.now) { slots.active(of: $0, on: backend) > 0 }
        }
        return true
    }

    /// The only backend has refused a request; of several each refusal is told before its request ends.
    mutating func noteRefusal(by backend: BackendIndex) {
        if self.backends.count == 1 { self.backends[Int(backend.row)].refusals += 1 }
    }
}
