// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who starts, who waits, who is rejected: all decisions of the gateway in one value.
///
/// Events come in as methods, what must be done goes out as ``AdmissionActions``. The machine reads no clock, takes no lock and
/// calls nobody; ``AdmissionController`` does that. `Payload` is how the shell knows a waiter again.
///
/// ```
/// arrived ─┬─ a slot is free ───────────────► active ─┬─► completed
///          ├─ the queue has room ──► queued ──┘  ▲ │  ├─► failed
///          │                         ▲ │         │ │  ├─► timed out
///          └─ queue full ► rejected  │ ├─► timed out  └─► cancelled
///                                    │ ├─► cancelled
///                                    │ ├─► would time out (so does an arrival)
///                                    │ └─► rejected (a drain, or a newcomer that it gives way to)
///                                    └─ back to the front: its backend could not be reached
/// ```
///
/// After every event this holds:
/// 1. For each model, requests that arrived = the six endings + active + queued, of those since its last reset.
/// 2. Active requests of a model on a backend ≤ its parallel limit, unless that limit was lowered meanwhile; of all models ≤
///    the slots of the backend, if it has a number of them.
/// 3. No waiter could use a free slot; so a model with waiters is also active, unless other models hold all slots of a backend.
/// 4. A waiter whose deadline has come has left; one that arrived later than its deadline leaves with the next event, which
///    the shell is asked for at once.
/// 5. Waiters of one client, model and class start in order of arrival, and each waiter leaves exactly once.
/// 6. An idle model that nobody named and that was only ever answered with 404 has no entry.
///
/// Every event about one request is O(log clients) in the clients of its model, O(1) in models, and O(log requests) in the
/// instants that are watched; with backends whose slots all models share, O(log models). Who of the waiters is next is for
/// ``WaiterQueue`` to say, and whose waiters for ``SharedTurns``.
struct AdmissionStateMachine<Payload> {
    typealias Actions = AdmissionActions<Payload>

    /// How often a waiter is looked after at most while it may become hopeless, in nanoseconds.
    private static var leastLook: Int64 { 100_000_000 }

    private var models: ModelTable
    private var requests = RequestTable<Payload>()
    private var backends: BackendSlots
    private var shared = SharedTurns()
    /// When to look after each waiter: at its deadline, or when it may have become hopeless.
    private var deadlines = InstantQueue()
    /// When each active request will have used up the slot time that it was charged.
    private var charges = InstantQueue()
    /// The deadline that the shell was last told of and has not come back from.
    private var announcedDeadline: Instant?
    private var isDraining = false
    /// The time of the latest event.
    ///
    /// Threads may bring events in another order than they took their times.
    private var now: Instant

    /// Makes a machine in which nothing has arrived yet.
    ///
    /// - Parameters:
    ///   - defaults: The limits of models without limits of their own.
    ///   - policy: Who is next.
    ///   - named: The models of the config.
    ///   - backendCount: At least 1; events name backends by index.
    ///   - backendSlots: How many requests of all models may be active on a backend, by its index; at least 1.
    ///   - unnamedLimit: How many models that nobody named keep their entry while idle.
    ///   - now: The time.
    init(
        defaults: Limits,
        policy: AdmissionPolicy,
        named: [ModelName: LimitOverrides],
        backendCount: Int,
        backendSlots: [Int: Int] = [:],
        unnamedLimit: Int,
        now: Instant
    ) {
        self.models = ModelTable(defaults: defaults, policy: policy, unnamedLimit: unnamedLimit)
        self.backends = BackendSlots(count: backendCount, bounds: backendSlots)
        self.now = now
        for (name, overrides) in named {
            let model = self.use(name)
            self.models.markNamed(model)
            self.models.queues[model].configure(overrides, defaults: defaults)
        }
    }

    // MARK: - The life of a request

    /// A request has arrived: its body is complete and its model known.
    ///
    /// 1. Draining: rejected.
    /// 2. A usable backend has a free slot that it may have: it starts there.
    /// 3. Even an optimistic estimate of its first byte is behind its deadline: it would time out.
    /// 4. The queue has room: it waits.
    /// 5. Somebody gives way to it: it waits.
    /// 6. Else it is rejected.
    mutating func arrive(
        _ request: ArrivingRequest,
        waiter: Payload,
        now: Instant,
        _ actions: inout Actions
    ) -> Arrival {
        self.advance(to: now, &actions)
        let model = self.use(request.model)
        self.models.queues[model].countArrival()
        if self.isDraining { return .rejected(self.reject(model)) }
        let client = self.models.queues[model].waiters.use(request.client, now: self.now)
        if let backend = self.freeBackend(for: model, request.requestClass) {
            let index = self.requests.insert(request, model: model, client: client, waiter: waiter, now: self.now)
            return .start(self.start(index, on: backend, rule: .freeSlot))
        }
        let place = self.models.queues[model].placeOfNewcomer(of: client, request.requestClass)
        if let firstByte = self.leastFirstByte(request, of: model, place: place),
            self.now + .nanoseconds(firstByte) > request.deadline
        {
            self.models.queues[model].countArrivalThatWouldTimeOut()
            self.settle(model, client: client)
            return .rejected(self.wouldTimeOut(model, firstByte: firstByte, deadline: request.deadline))
        }
        var givesWay: (request: Int, rejection: Rejection)?
        if self.models.queues[model].waiters.count >= self.models.queues[model].limits.queue {
            guard let victim = self.victim(for: client, request.requestClass, of: model) else {
                defer { self.settle(model, client: client) }
                return .rejected(self.reject(model))
            }
            givesWay = (victim, self.rejection(model))
        }
        let index = self.requests.insert(request, model: model, client: client, waiter: waiter, now: self.now)
        let estimate = self.estimatedWait(of: model, place: place, now: self.now)
        if let estimate { self.requests.entries[index].estimatedStart = self.now + estimate }
        self.models.queues[model].waiters.append(index, in: &self.requests)
        self.noteTurn(of: model)
        self.watch(index, &actions)
        // Last, so that a client that gives way to itself is never idle in between.
        if let givesWay { self.giveWay(givesWay.request, givesWay.rejection, &actions) }
        return .queued(self.requests.ticket(of: index), place: place, estimatedWait: estimate)
    }

    /// A request has arrived for which there is no memory; it counts as arrived and rejected.
    mutating func rejectForMemory(model name: ModelName, now: Instant, _ actions: inout Actions) -> Rejection {
        self.advance(to: now, &actions)
        let model = self.use(name)
        self.models.queues[model].countArrival()
        return self.reject(model)
    }

    /// The client of a queued request went away.
    ///
    /// - Returns: Its waiter, or `nil` if the request is not queued any more. It is handed out so that the shell, and not the
    ///   machine under its lock, gives up what may be the last reference.
    mutating func cancel(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Payload? {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        self.models.queues[self.requests.entries[request].model].count(ticket) { $0.cancelled += 1 }
        return self.leave(request)
    }

    /// An operator cancels a request, queued or active.
    ///
    /// - Returns: Whether it is still there.
    mutating func cancelByAdmin(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        if let request = self.requests.queuedIndex(of: ticket) {
            self.models.queues[self.requests.entries[request].model].count(ticket) { $0.cancelled += 1 }
            if let waiter = self.leave(request) { actions.answer(waiter, .reject(.cancelledByAdmin)) }
        } else if let request = self.requests.activeIndex(of: ticket) {
            if let waiter = self.requests.entries[request].waiter { actions.answer(waiter, .cancel(ticket)) }
        } else {
            return false
        }
        return true
    }

    /// Something was relayed of the reply to a request that holds a slot, and the reply goes on.
    mutating func report(_ slot: Slot, _ progress: ReplyProgress) {
        guard let request = self.requests.activeIndex(of: slot) else { return }
        self.models.queues[self.requests.entries[request].model].progress(progress, slot)
    }

    /// A request that held a slot has ended; where nobody knows when, at the time of the latest event.
    ///
    /// - Returns: Its waiter, for the shell to let go.
    mutating func finish(
        _ slot: Slot,
        _ ending: Ending,
        _ progress: ReplyProgress,
        now: Instant?,
        _ actions: inout Actions
    ) -> Payload? {
        self.advance(to: now ?? self.now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return nil
        }
        let model = self.requests.entries[request].model
        var counted = progress
        if ending == .completed, progress.isError { counted.firstByte = nil }
        self.models.queues[model].progress(counted, slot)
        let waiter = self.end(request, slot, ending, progress, &actions)
        self.startWaiters(ofModelThatFreedSlot: model, &actions)
        self.settle(model)
        return waiter
    }

    /// The backend of a slot could not be reached, and has not seen a byte of the request.
    ///
    /// 1. The backend is unhealthy.
    /// 2. No other one is healthy: the request has failed. Now all backends are usable, which may help other waiters.
    /// 3. A healthy one has a free slot: the request starts there.
    /// 4. Draining: it is rejected.
    /// 5. Else it waits again, before those of its client that arrived after it, whatever the queue limit.
    mutating func backendUnreachable(_ slot: Slot, now: Instant, _ actions: inout Actions) -> Reassignment {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return .noBackend
        }
        let model = self.requests.entries[request].model
        let requestClass = self.requests.entries[request].requestClass
        let isNews = self.backends.setHealthy(slot.backend, false)
        let answer: Reassignment
        if self.backends.hasHealthy {
            self.undoStart(request, slot)
            if let backend = self.freeBackend(for: model, requestClass) {
                answer = .start(self.start(request, on: backend, rule: slot.rule))
            } else if self.isDraining {
                answer = .rejected(self.rejection(model))
                self.models.queues[model].count(slot.ticket) { $0.rejected += 1 }
                self.forget(request)
            } else {
                self.models.queues[model].waiters.putBack(request, in: &self.requests)
                self.noteTurn(of: model)
                self.watch(request, &actions)
                answer = .queued(slot.ticket)
            }
        } else {
            self.end(request, slot, .failed, ReplyProgress(), &actions)
            answer = .noBackend
        }
        if isNews { self.startAllWaiters(&actions) } else { self.startWaiters(ofModelThatFreedSlot: model, &actions) }
        self.settle(model)
        return answer
    }

    /// The time has come that ``AdmissionActions/nextDeadline`` asked for, or it may have.
    mutating func deadlineReached(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.announcedDeadline = nil
        let requests = self.requests
        let next = self.deadlines.nextLook { requests.queuedIndex(of: $0) != nil }
        if let next { self.announce(next, &actions) }
    }

    // MARK: - Changes from outside

    /// An operator has set one or both limits of a model, which need not have been seen before.
    ///
    /// - Returns: The limits that hold from now on.
    mutating func updateLimits(
        model name: ModelName,
        to overrides: LimitOverrides,
        now: Instant,
        _ actions: inout Actions
    ) -> Limits {
        self.advance(to: now, &actions)
        let model = self.use(name)
        self.models.markNamed(model)
        self.models.queues[model].choose(overrides)
        self.startWaiters(of: model, &actions)
        return self.models.queues[model].limits
    }

    /// The config was loaded anew.
    ///
    /// 1. Models without a limit of their own have the new default.
    /// 2. A limit that an operator chose stays, unless the config's own value for that limit of that model has changed.
    /// 3. A model that the config no longer names, and for which no operator's limit holds, is one that nobody named.
    ///
    /// As with a change of limits, nobody who waits or runs is sent away.
    mutating func reconfigure(
        defaults: Limits,
        policy: AdmissionPolicy,
        named: [ModelName: LimitOverrides],
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        self.models.defaults = defaults
        self.models.policy = policy
        for name in named.keys {
            let model = self.use(name)
            self.models.markNamed(model)
        }
        var forgotten: [Int] = []
        for model in self.models.inNameOrder {
            let overrides = named[self.models.queues[model].name]
            self.models.queues[model].configure(overrides ?? LimitOverrides(), defaults: defaults)
            self.models.queues[model].waiters.setPolicy(policy, in: self.requests)
            self.noteTurn(of: model)
            if overrides == nil, self.models.queues[model].isNamed, self.models.queues[model].chosen.isEmpty {
                forgotten.append(model)
            }
        }
        // Only now, as it may let other entries go.
        for model in forgotten {
            self.models.unmarkNamed(model)
            self.settle(model)
        }
        self.startAllWaiters(&actions)
    }

    /// An operator has reset the totals of one model, or of all.
    ///
    /// - Returns: Whether the model has an entry.
    mutating func resetTotals(model name: ModelName?, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        guard let name else {
            for model in self.models.all { self.resetTotals(model) }
            return true
        }
        guard let model = self.models.index(of: name) else { return false }
        self.resetTotals(model)
        return true
    }

    /// A backend has been tried, and answered or not.
    mutating func setBackend(_ backend: Int, healthy: Bool, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        // Bad news may free slots too: without a healthy backend all are usable.
        if self.backends.setHealthy(backend, healthy) { self.startAllWaiters(&actions) }
    }

    /// Paddock is to stop: nobody waits any more, and nobody arrives.
    mutating func drain(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.isDraining = true
        for model in self.models.inNameOrder {
            // One answer for all of them: they come back to another process, whose queue is empty.
            let rejection = self.rejection(model)
            while let request = self.models.queues[model].waiters.any {
                self.models.queues[model].count(self.requests.ticket(of: request)) { $0.rejected += 1 }
                if let waiter = self.leave(request) { actions.answer(waiter, .reject(rejection)) }
            }
        }
    }

    // MARK: - Readings

    /// The backend for a request that takes no slot.
    var backendForPassThrough: Int { self.backends.forPassThrough }

    /// The backends that may be asked.
    var usableBackends: [Int] { self.backends.usable }

    /// Active requests of all models.
    var activeCount: Int { self.backends.totalActive }

    /// A reading of everything but the models.
    var summary: AdmissionSummary {
        AdmissionSummary(
            defaults: self.models.defaults,
            modelCount: self.models.all.count,
            backends: (0..<self.backends.count).map {
                BackendSnapshot(
                    isHealthy: self.backends.isHealthy[$0],
                    active: self.backends.active[$0],
                    slots: self.backends.bound(of: $0)
                )
            },
            isDraining: self.isDraining
        )
    }

    /// A reading of everything, with the models in no order: sorting them is not work for under a lock.
    func snapshot(now: Instant) -> AdmissionSnapshot {
        let now = max(now, self.now)
        var models: [ModelSnapshot] = []
        models.reserveCapacity(self.models.all.count)
        for model in self.models.all { models.append(self.snapshot(of: model, now: now)) }
        return AdmissionSnapshot(summary: self.summary, models: models, unknown: self.models.unknown)
    }

    /// A reading of one model; `nil` where it has no entry.
    func snapshot(of name: ModelName, now: Instant) -> ModelSnapshot? {
        self.models.index(of: name).map { self.snapshot(of: $0, now: max(now, self.now)) }
    }

    // Field by field, where it lies: a copy of the queue would count references to all that it holds.
    private func snapshot(of model: Int, now: Instant) -> ModelSnapshot {
        let (limits, queued) = (self.models.queues[model].limits, self.models.queues[model].waiters.count)
        return ModelSnapshot(
            name: self.models.queues[model].name,
            limits: limits,
            active: self.backends.active(of: model),
            queued: queued,
            queuedBatch: self.models.queues[model].waiters.batchCount,
            clients: self.models.queues[model].waiters.clientCount,
            availableSlots: self.backends.available(for: model, limit: limits.parallel),
            queueAvailable: max(0, limits.queue - queued),
            lifetime: self.models.queues[model].lifetime,
            forgotten: self.models.queues[model].forgotten,
            isKnown: self.models.queues[model].isKnown,
            uptime: self.models.queues[model].since.duration(to: now),
            estimateErrorP50: self.models.queues[model].times.estimateError.quantileOfAny(50).map { .nanoseconds($0) },
            estimateErrorP90: self.models.queues[model].times.estimateError.quantileOfAny(90).map { .nanoseconds($0) }
        )
    }

    /// The names of all models that have an entry, in no order.
    var modelNames: [ModelName] { self.models.all.map { self.models.queues[$0].name } }

    /// Readings of all live requests: the active ones in order of their start, then for each model the waiting ones in the order
    /// in which they would start.
    ///
    /// Not for under a lock: call it on a copy.
    ///
    /// - Parameter name: The model whose requests are told of; `nil` for all.
    func requestSnapshots(of name: ModelName? = nil, now: Instant) -> [RequestSnapshot] {
        let now = max(now, self.now)
        let one = name.map { self.models.index(of: $0) }
        if case .some(nil) = one { return [] }
        let model = one.flatMap { $0 }
        let active = self.requests.live.filter {
            !self.requests.nodes[$0].links.isLinked && (model == nil || self.requests.entries[$0].model == model)
        }.sorted { self.requests.entries[$0].started < self.requests.entries[$1].started }
        var readings = active.map { self.reading(of: $0, place: 0, now: now) }
        // To take the waiters out of one after the other.
        var requests = self.requests
        for model in model.map({ [$0] }) ?? self.models.inNameOrder {
            let queue = self.models.queues[model]
            guard queue.waiters.count > 0 else { continue }
            let order = queue.waiters.order(typical: queue.times.pace.typical, in: &requests)
            for (index, request) in order.enumerated() {
                readings.append(self.reading(of: request, place: index + 1, now: now))
            }
        }
        return readings
    }

    private func reading(of request: Int, place: Int, now: Instant) -> RequestSnapshot {
        let entry = self.requests.entries[request]
        let isActive = place == 0
        return RequestSnapshot(
            id: entry.id,
            model: self.models.queues[entry.model].name,
            client: self.models.queues[entry.model].waiters.client(entry.client).name,
            requestClass: entry.requestClass,
            place: place,
            waited: entry.arrived.duration(to: isActive ? entry.started : now),
            estimatedStart: isActive ? nil : self.estimatedWait(of: entry.model, place: place, now: now),
            backend: isActive ? entry.backend : nil,
            processing: isActive ? entry.started.duration(to: now) : nil
        )
    }

    /// Looks for live requests by id in a part of all requests, and notes the ticket of the one of each id that came last.
    ///
    /// In parts, as ids are not worth a table that each request pays for, and all at once would be long under a lock.
    ///
    /// - Returns: Where the next part begins; `nil` at the end.
    func find(_ ids: Set<String>, from first: Int, _ found: inout [String: Ticket]) -> Int? {
        self.requests.find(ids, from: first, &found)
    }

    /// The reading of a live request; `nil` if it has ended.
    ///
    /// What it costs is bounded however many wait.
    func requestSnapshot(of ticket: Ticket, now: Instant) -> RequestSnapshot? {
        let now = max(now, self.now)
        if let request = self.requests.activeIndex(of: ticket) { return self.reading(of: request, place: 0, now: now) }
        guard let place = self.place(of: ticket) else { return nil }
        return self.requests.queuedIndex(of: ticket).map { self.reading(of: $0, place: place, now: now) }
    }

    /// The place of a queued request in the order in which its model's waiters would start, about; `nil` if it is not queued any
    /// more.
    func place(of ticket: Ticket) -> Int? {
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        let queue = self.models.queues[self.requests.entries[request].model]
        return queue.waiters.place(of: request, typical: queue.times.pace.typical, in: self.requests)
    }

    // MARK: - Steps

    /// Moves time forward: waiters whose deadline has come time out, and who has used up what it was charged is charged more.
    ///
    /// Each event begins with it, so that no slot goes to a waiter whose timer is late.
    private mutating func advance(to now: Instant, _ actions: inout Actions) {
        self.now = max(self.now, now)
        while let (ticket, due) = self.deadlines.popDue(now: self.now) {
            // A waiter that was put back has an entry more.
            guard let request = self.requests.queuedIndex(of: ticket), due == self.requests.entries[request].nextLook
            else { continue }
            if self.requests.entries[request].deadline <= self.now {
                let waited = self.requests.entries[request].arrived.duration(to: self.now)
                self.models.queues[self.requests.entries[request].model].count(ticket) { $0.timedOut += 1 }
                if let waiter = self.leave(request) { actions.answer(waiter, .timeOut(waited: waited)) }
            } else if let firstByte = self.hopelessFirstByte(of: request, percent: 10) {
                self.models.queues[self.requests.entries[request].model].waiters.remove(request, in: &self.requests)
                self.giveUp(request, firstByte: firstByte, &actions)
            } else {
                self.watch(request, &actions)
            }
        }
        while let (ticket, due) = self.charges.popDue(now: self.now) {
            // One that has started again has an entry more.
            guard let request = self.requests.activeIndex(of: ticket), due == self.requests.entries[request].outrun
            else { continue }
            let (model, charged) = (self.requests.entries[request].model, self.requests.entries[request].charged)
            // As much again, so that a long request is charged a few times only.
            self.models.queues[model].waiters.charge(request, more: charged, in: &self.requests)
            self.noteTurn(of: model)
            self.watchCharge(request)
        }
    }

    private mutating func use(_ name: ModelName) -> Int {
        let model = self.models.use(name, now: self.now)
        self.backends.makeRow(for: model)
        return model
    }

    /// The backend with a free slot for a request of a model and class.
    private func freeBackend(for model: Int, _ requestClass: RequestClass) -> Int? {
        self.backends.next(
            for: model,
            limit: self.models.queues[model].limits.parallel,
            batchLimit: requestClass == .batch ? self.models.policy.batchSlots : nil
        )
    }

    /// Lets the entry of a client go, then that of its model, if they are idle and may.
    private mutating func settle(_ model: Int, client: Int) {
        self.models.queues[model].waiters.settle(client, now: self.now)
        self.settle(model)
    }

    private mutating func settle(_ model: Int) {
        // A model with waiters is nearly always active, too.
        guard self.backends.active(of: model) == 0, self.models.queues[model].waiters.count == 0 else { return }
        self.models.queues[model].waiters.beginAnew()
        self.models.settle(model)
    }

    /// Gives a slot to a request that is in no queue (any more).
    private mutating func start(_ request: Int, on backend: Int, rule: StartRule) -> Slot {
        let model = self.requests.entries[request].model
        let slot = self.requests.start(request, on: backend, rule: rule, now: self.now)
        self.backends.take(model: model, backend: backend, self.requests.entries[request].requestClass)
        self.models.queues[model].start(slot)
        let charge = self.models.queues[model].times.pace.typical
        self.models.queues[model].waiters.start(request, charge: charge, in: &self.requests)
        if self.backends.areBounded { self.noteSharedStart(request, slot, charge: charge) }
        self.watchCharge(request)
        return slot
    }

    /// Takes a slot away from its request, as if it had never had one.
    private mutating func undoStart(_ request: Int, _ slot: Slot) {
        let model = self.requests.entries[request].model
        self.backends.release(model: model, backend: slot.backend, self.requests.entries[request].requestClass)
        self.models.queues[model].undoStart(slot)
        self.models.queues[model].waiters.end(request, processing: 0, in: &self.requests)
        if self.backends.areBounded { self.noteSharedEnd(request, on: slot.backend) }
    }

    /// Ends an active request and frees its slot.
    @discardableResult
    private mutating func end(
        _ request: Int,
        _ slot: Slot,
        _ ending: Ending,
        _ progress: ReplyProgress,
        _ actions: inout Actions
    ) -> Payload? {
        let model = self.requests.entries[request].model
        let processing = self.now.nanoseconds - slot.started.nanoseconds
        self.backends.release(model: model, backend: slot.backend, self.requests.entries[request].requestClass)
        self.models.queues[model].end(slot, ending, progress, now: self.now)
        self.models.answered(model)
        self.models.queues[model].waiters.end(request, processing: processing, in: &self.requests)
        if self.backends.areBounded { self.noteSharedEnd(request, on: slot.backend) }
        return self.forget(request)
    }

    /// Forgets a request that is neither queued nor active any more.
    @discardableResult
    private mutating func forget(_ request: Int) -> Payload? {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.models.queues[model].waiters.settle(client, now: self.now)
        return self.requests.remove(request)
    }

    /// Takes a request out of its queue for good.
    private mutating func leave(_ request: Int) -> Payload? {
        let model = self.requests.entries[request].model
        self.models.queues[model].waiters.remove(request, in: &self.requests)
        let waiter = self.forget(request)
        self.waiterLeft(model)
        return waiter
    }

    /// A model has one waiter less, which has got no slot; it may be idle now.
    private mutating func waiterLeft(_ model: Int) {
        self.noteTurn(of: model)
        if self.backends.areBounded { self.settle(model) }
    }

    // MARK: - Time

    /// Sees to it that a waiter is looked after when its deadline comes, or when it may have become hopeless.
    ///
    /// First bytes may get slower while it waits, so half of what seems to be left is looked at again.
    private mutating func watch(_ request: Int, _ actions: inout Actions) {
        let deadline = self.requests.entries[request].deadline
        guard deadline != .distantFuture else { return }
        var instant = deadline
        if self.requests.entries[request].isDeadlineStated, deadline > self.now {
            let firstByte = self.firstByte(of: request, percent: 10) ?? 0
            let left = deadline.nanoseconds - self.now.nanoseconds - firstByte
            instant = self.now.advanced(by: .nanoseconds(max(1, min(left, max(left / 2, Self.leastLook)))))
        }
        self.requests.entries[request].nextLook = instant
        if self.deadlines.isDirty {
            let requests = self.requests
            self.deadlines.clean { requests.queuedIndex(of: $0) != nil }
        }
        self.deadlines.insert(instant, of: self.requests.ticket(of: request))
        self.announce(instant, &actions)
    }

    /// Sees to it that an active request is charged more once it has used up what it was charged.
    private mutating func watchCharge(_ request: Int) {
        if self.charges.isDirty {
            let requests = self.requests
            self.charges.clean { requests.activeIndex(of: $0) != nil }
        }
        self.charges.insert(self.requests.entries[request].outrun, of: self.requests.ticket(of: request))
    }

    private mutating func announce(_ deadline: Instant, _ actions: inout Actions) {
        if let announced = self.announcedDeadline, announced <= deadline { return }
        self.announcedDeadline = deadline
        actions.nextDeadline = deadline
    }

    // MARK: - Estimates

    /// How many slots a model has on the usable backends.
    private func slots(of model: Int) -> Int {
        self.backends.slots(limit: self.models.queues[model].limits.parallel)
    }

    /// How long a waiter at a place will wait, about; `nil` where there is too little to go by.
    private func estimatedWait(of model: Int, place: Int, now: Instant) -> Duration? {
        let active = self.backends.active(of: model)
        let held = Int64(active) &* now.nanoseconds &- self.models.queues[model].startedSum
        return self.models.queues[model].times.pace.estimatedWait(
            place: place,
            slots: self.slots(of: model),
            elapsed: active == 0 ? 0 : max(0, Double(held) / Double(active))
        ).map { .nanoseconds($0) }
    }

    /// When a newcomer that has to wait has its first byte at the earliest, from now, in nanoseconds; `nil` where there is too
    /// little to go by.
    private func leastFirstByte(_ request: ArrivingRequest, of model: Int, place: Int) -> Int64? {
        guard let wait = self.models.queues[model].times.pace.leastWait(place: place, slots: self.slots(of: model)),
            let firstByte = self.models.queues[model].times.firstByte(isStream: request.expectsStream).quantile(10)
        else { return nil }
        return wait + firstByte
    }

    /// The time in nanoseconds from the slot to the first byte that a share of such requests is below.
    private func firstByte(of request: Int, percent: Int) -> Int64? {
        let entry = self.requests.entries[request]
        return self.models.queues[entry.model].times.firstByte(isStream: entry.expectsStream).quantile(percent)
    }

    /// The time in nanoseconds that a share of first bytes is below, if that is behind the deadline that the client stated.
    private func hopelessFirstByte(of request: Int, percent: Int) -> Int64? {
        guard self.requests.entries[request].isDeadlineStated,
            let firstByte = self.firstByte(of: request, percent: percent),
            self.now + .nanoseconds(firstByte) > self.requests.entries[request].deadline
        else { return nil }
        return firstByte
    }

    // MARK: - Starting waiters

    /// Gives the free slots of a model to its waiters, as far as they go.
    private mutating func startWaiters(of model: Int, _ actions: inout Actions) {
        while self.models.queues[model].waiters.count > 0, self.startNextWaiter(of: model, &actions) {}
    }

    /// Gives a free slot to the next waiter of a model, or answers it if that would be in vain.
    ///
    /// - Returns: Whether there is one waiter less.
    private mutating func startNextWaiter(of model: Int, _ actions: inout Actions) -> Bool {
        guard let backend = self.freeBackend(for: model, .interactive) else { return false }
        let batchBackend =
            self.models.queues[model].waiters.batchCount > 0 ? self.freeBackend(for: model, .batch) : nil
        let typical = self.models.queues[model].times.pace.typical
        guard
            let (request, rule) = self.models.queues[model].waiters.takeNext(
                batchFits: batchBackend != nil,
                typical: typical,
                in: &self.requests
            )
        else { return false }
        // While others can use the slot it goes to nobody who would probably be gone before its first byte.
        let percent = self.models.queues[model].waiters.count > 0 ? 90 : 10
        if let firstByte = self.hopelessFirstByte(of: request, percent: percent) {
            self.giveUp(request, firstByte: firstByte, &actions)
            return true
        }
        self.learnEstimateError(request, of: model)
        let isBatch = self.requests.entries[request].requestClass == .batch
        let slot = self.start(request, on: isBatch ? batchBackend ?? backend : backend, rule: rule)
        if let waiter = self.requests.entries[request].waiter { actions.answer(waiter, .start(slot)) }
        return true
    }

    private mutating func startAllWaiters(_ actions: inout Actions) {
        if self.backends.areBounded { return self.startSharedWaiters(&actions) }
        for model in self.models.inNameOrder { self.startWaiters(of: model, &actions) }
    }

    /// A model has a request with a slot less, which others can use where they share the slots of a backend.
    private mutating func startWaiters(ofModelThatFreedSlot model: Int, _ actions: inout Actions) {
        if self.backends.areBounded {
            self.startSharedWaiters(&actions)
        } else {
            self.startWaiters(of: model, &actions)
        }
    }

    // MARK: - Slots that all models share

    /// Gives the free slots of all backends to waiters of all models, as far as they go.
    private mutating func startSharedWaiters(_ actions: inout Actions) {
        while let model = self.nextModel(), self.startNextWaiter(of: model, &actions) {}
    }

    /// The model that is next, where several could have a free slot.
    private func nextModel() -> Int? {
        guard self.backends.hasRoom else { return nil }
        return self.shared.next(
            typical: { self.models.queues[$0].times.pace.typical },
            rank: { model in
                guard let head = self.models.queues[model].waiters.head else { return nil }
                let (requestClass, client) = (
                    self.requests.entries[head].requestClass, self.requests.entries[head].client
                )
                guard self.freeBackend(for: model, requestClass) != nil else { return nil }
                guard self.models.policy.isFair else { return 0 }
                return self.shared.holding(of: self.models.queues[model].waiters.client(client))
            }
        )
    }

    /// Notes which waiter of a model is next.
    private mutating func noteTurn(of model: Int) {
        guard self.backends.areBounded else { return }
        let head = self.models.queues[model].waiters.head
        self.shared.set(
            model,
            next: head.map { (self.requests.entries[$0].requestClass, self.requests.nodes[$0].sequence) }
        )
    }

    private mutating func noteSharedStart(_ request: Int, _ slot: Slot, charge: Int64) {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.noteTurn(of: model)
        guard self.backends.bound(of: slot.backend) != nil else { return }
        self.shared.started(
            self.models.queues[model].waiters.client(client).name,
            self.requests.entries[request].requestClass,
            charge: slot.rule == .batchShare ? 0 : Double(charge),
            batchShare: self.models.policy.batchShare
        )
    }

    private mutating func noteSharedEnd(_ request: Int, on backend: Int) {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.noteTurn(of: model)
        guard self.backends.bound(of: backend) != nil else { return }
        self.shared.ended(self.models.queues[model].waiters.client(client).name)
    }

    private mutating func learnEstimateError(_ request: Int, of model: Int) {
        let estimated = self.requests.entries[request].estimatedStart
        guard estimated != .distantFuture else { return }
        // Only once: a request that is put back has no new estimate.
        self.requests.entries[request].estimatedStart = .distantFuture
        let error = abs(self.now.nanoseconds - estimated.nanoseconds)
        self.models.queues[model].times.started(estimateError: error)
    }

    // MARK: - Rejecting

    /// Counts an arrival as rejected.
    private mutating func reject(_ model: Int) -> Rejection {
        self.models.queues[model].countRejectedArrival()
        defer { self.settle(model) }
        return self.rejection(model)
    }

    /// Answers a request that has left its queue because it cannot have its first byte in time.
    private mutating func giveUp(_ request: Int, firstByte: Int64, _ actions: inout Actions) {
        let (model, deadline) = (self.requests.entries[request].model, self.requests.entries[request].deadline)
        self.models.queues[model].count(self.requests.ticket(of: request)) { $0.wouldTimeOut += 1 }
        let waiter = self.forget(request)
        if let waiter {
            actions.answer(waiter, .reject(self.wouldTimeOut(model, firstByte: firstByte, deadline: deadline)))
        }
        self.waiterLeft(model)
    }

    private func wouldTimeOut(_ model: Int, firstByte: Int64, deadline: Instant) -> Rejection {
        .wouldTimeOut(
            firstByte: .nanoseconds(firstByte),
            left: max(.zero, self.now.duration(to: deadline)),
            retryAfter: self.retryAfter(model)
        )
    }

    private func victim(for client: Int, _ requestClass: RequestClass, of model: Int) -> Int? {
        let limit = self.models.queues[model].limits.queue
        return self.models.queues[model].waiters.victim(for: client, requestClass, limit: limit)
    }

    /// A waiter makes room for a newcomer.
    private mutating func giveWay(_ request: Int, _ rejection: Rejection, _ actions: inout Actions) {
        let model = self.requests.entries[request].model
        self.models.queues[model].count(self.requests.ticket(of: request)) { $0.rejected += 1 }
        if let waiter = self.leave(request) { actions.answer(waiter, .reject(rejection)) }
    }

    private func rejection(_ model: Int) -> Rejection {
        let retryAfter = self.retryAfter(model)
        if self.isDraining { return .shuttingDown(retryAfter: retryAfter) }
        return .queueFull(waiting: self.models.queues[model].waiters.count, retryAfter: retryAfter)
    }

    private func retryAfter(_ model: Int) -> Int {
        RetryEstimate.seconds(
            queued: self.models.queues[model].waiters.count,
            averageProcessing: self.models.queues[model].averageProcessing,
            slots: self.slots(of: model)
        )
    }

    private mutating func resetTotals(_ model: Int) {
        self.models.queues[model].resetTotals(now: self.now, sequence: self.requests.nextSequence)
    }
}

extension AdmissionStateMachine: Sendable where Payload: Sendable {}
