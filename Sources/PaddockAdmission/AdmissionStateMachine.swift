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
///                                    │ └─► rejected (a drain)
///                                    └─ back to the front: its backend could not be reached
/// ```
///
/// After every event this holds:
/// 1. For each model, requests that arrived = the five endings + active + queued, of those since its last reset.
/// 2. Active requests of a model on a backend ≤ its parallel limit, unless that limit was lowered meanwhile.
/// 3. No waiter could use a free slot; so a model with waiters is also active.
/// 4. A waiter whose deadline has come has left; one that arrived later than its deadline leaves with the next event, which
///    the shell is asked for at once.
/// 5. Waiters of a model start in order of arrival, and each leaves exactly once.
/// 6. An idle model that nobody named and that was only ever answered with 404 has no entry.
///
/// Every event about one request is O(1) in requests and models, and O(log waiters) for one whose deadline comes.
struct AdmissionStateMachine<Payload> {
    typealias Actions = AdmissionActions<Payload>

    private let defaults: Limits
    private var models: ModelTable
    private var requests = RequestTable<Payload>()
    private var backends: BackendSlots
    private var deadlines = DeadlineQueue()
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
    ///   - named: The models of the config.
    ///   - backendCount: At least 1; events name backends by index.
    ///   - unnamedLimit: How many models that nobody named keep their entry while idle.
    ///   - now: The time.
    init(
        defaults: Limits,
        named: [ModelName: LimitOverrides],
        backendCount: Int,
        unnamedLimit: Int,
        now: Instant
    ) {
        self.defaults = defaults
        self.models = ModelTable(defaults: defaults, unnamedLimit: unnamedLimit)
        self.backends = BackendSlots(count: backendCount)
        self.now = now
        for (name, overrides) in named {
            let model = self.use(name)
            self.models.markNamed(model)
            self.models.queues[model].limits = overrides.applied(to: defaults)
        }
    }

    // MARK: - The life of a request

    /// A request has arrived: its body is complete and its model known.
    ///
    /// 1. Draining: rejected.
    /// 2. A usable backend has a free slot: it starts there.
    /// 3. The queue has room: it waits.
    /// 4. Else it is rejected.
    mutating func arrive(
        model name: ModelName,
        waiter: Payload,
        deadline: Instant,
        now: Instant,
        _ actions: inout Actions
    ) -> Arrival {
        self.advance(to: now, &actions)
        let model = self.use(name)
        self.models.queues[model].countArrival()
        if self.isDraining { return .rejected(self.reject(model)) }
        let limits = self.models.queues[model].limits
        if let backend = self.backends.next(for: model, limit: limits.parallel) {
            let request = self.requests.insert(model: model, arrived: self.now, deadline: deadline)
            return .start(self.start(request, of: model, on: backend))
        }
        if self.models.queues[model].waiters.count < limits.queue {
            let request = self.requests.insert(model: model, arrived: self.now, deadline: deadline)
            self.models.queues[model].waiters.append(request, in: &self.requests)
            self.wait(request, waiter, &actions)
            return .queued(self.requests.ticket(of: request))
        }
        return .rejected(self.reject(model))
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

    /// A request that held a slot has ended; where nobody knows when, at the time of the latest event.
    mutating func finish(_ slot: Slot, _ outcome: Outcome, now: Instant?, _ actions: inout Actions) {
        self.advance(to: now ?? self.now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return
        }
        let model = self.requests.entries[request].model
        self.end(request, of: model, slot, outcome)
        self.startWaiters(of: model, &actions)
        self.settle(model)
        actions.isDrained = self.isDrained
    }

    /// The backend of a slot could not be reached, and has not seen a byte of the request.
    ///
    /// 1. The backend is unhealthy.
    /// 2. No other one is healthy: the request has failed. Now all backends are usable, which may help other waiters.
    /// 3. A healthy one has a free slot: the request starts there.
    /// 4. Draining: it is rejected.
    /// 5. Else it waits again, before those that arrived after it, whatever the queue limit.
    mutating func backendUnreachable(
        _ slot: Slot,
        waiter: Payload,
        now: Instant,
        _ actions: inout Actions
    ) -> Reassignment {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return .noBackend
        }
        let model = self.requests.entries[request].model
        let isNews = self.backends.setHealthy(slot.backend, false)
        let answer: Reassignment
        if self.backends.hasHealthy {
            self.undoStart(of: model, slot)
            if let backend = self.backends.next(for: model, limit: self.models.queues[model].limits.parallel) {
                answer = .start(self.start(request, of: model, on: backend))
            } else if self.isDraining {
                answer = .rejected(self.rejection(model))
                self.models.queues[model].count(slot.ticket) { $0.rejected += 1 }
                self.requests.remove(request)
            } else {
                self.models.queues[model].waiters.putBack(request, in: &self.requests)
                self.wait(request, waiter, &actions)
                answer = .queued(slot.ticket)
            }
        } else {
            self.end(request, of: model, slot, .failed)
            answer = .noBackend
        }
        if isNews { self.startAllWaiters(&actions) } else { self.startWaiters(of: model, &actions) }
        self.settle(model)
        actions.isDrained = self.isDrained
        return answer
    }

    /// The time has come that ``AdmissionActions/nextDeadline`` asked for, or it may have.
    mutating func deadlineReached(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.announcedDeadline = nil
        if let next = self.deadlines.nextLook(in: self.requests) { self.announce(next, &actions) }
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
        let limits = overrides.applied(to: self.models.queues[model].limits)
        self.models.queues[model].limits = limits
        self.startWaiters(of: model, &actions)
        return limits
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
            while let request = self.models.queues[model].waiters.next {
                self.models.queues[model].count(self.requests.ticket(of: request)) { $0.rejected += 1 }
                if let waiter = self.leave(request) { actions.answer(waiter, .reject(rejection)) }
            }
        }
        actions.isDrained = self.isDrained
    }

    // MARK: - Readings

    /// The backend for a request that takes no slot.
    var backendForPassThrough: Int { self.backends.forPassThrough }

    /// Active requests of all models.
    var activeCount: Int { self.backends.totalActive }

    /// A reading of everything, with the models in no order: sorting them is not work for under a lock.
    func snapshot(now: Instant) -> AdmissionSnapshot {
        AdmissionSnapshot(
            defaults: self.defaults,
            models: self.models.all.map { self.snapshot(of: $0, now: max(now, self.now)) },
            backends: (0..<self.backends.count).map {
                BackendSnapshot(isHealthy: self.backends.isHealthy[$0], active: self.backends.active[$0])
            },
            isDraining: self.isDraining
        )
    }

    private func snapshot(of model: Int, now: Instant) -> ModelSnapshot {
        let queue = self.models.queues[model]
        return ModelSnapshot(
            name: queue.name,
            limits: queue.limits,
            active: self.backends.active(of: model),
            queued: queue.waiters.count,
            availableSlots: self.backends.available(for: model, limit: queue.limits.parallel),
            queueAvailable: max(0, queue.limits.queue - queue.waiters.count),
            totals: queue.totals,
            uptime: queue.since.duration(to: now)
        )
    }

    // MARK: - Steps

    /// Moves time forward and times out every waiter whose deadline has come.
    ///
    /// Each event begins with it, so that no slot goes to a waiter whose timer is late.
    private mutating func advance(to now: Instant, _ actions: inout Actions) {
        self.now = max(self.now, now)
        while let ticket = self.deadlines.popDue(now: self.now) {
            guard let request = self.requests.queuedIndex(of: ticket) else { continue }
            let waited = self.requests.entries[request].arrived.duration(to: self.now)
            self.models.queues[self.requests.entries[request].model].count(ticket) { $0.timedOut += 1 }
            if let waiter = self.leave(request) { actions.answer(waiter, .timeOut(waited: waited)) }
        }
    }

    private mutating func use(_ name: ModelName) -> Int {
        let model = self.models.use(name, now: self.now)
        self.backends.makeRow(for: model)
        return model
    }

    /// Lets the entry of a model go, if it is idle and may.
    private mutating func settle(_ model: Int) {
        // A model with waiters is also active.
        if self.backends.active(of: model) == 0 { self.models.settle(model) }
    }

    /// Gives a slot to a request that is in no queue (any more).
    private mutating func start(_ request: Int, of model: Int, on backend: Int) -> Slot {
        let slot = self.requests.start(request, on: backend, now: self.now)
        self.backends.take(model: model, backend: backend)
        self.models.queues[model].count(slot.ticket) { $0.start(slot) }
        return slot
    }

    /// Takes a slot away from its request, as if it had never had one.
    private mutating func undoStart(of model: Int, _ slot: Slot) {
        self.backends.release(model: model, backend: slot.backend)
        self.models.queues[model].count(slot.ticket) { $0.undoStart(slot) }
    }

    /// Ends an active request and frees its slot.
    private mutating func end(_ request: Int, of model: Int, _ slot: Slot, _ outcome: Outcome) {
        self.requests.remove(request)
        self.backends.release(model: model, backend: slot.backend)
        self.models.queues[model].end(slot, outcome, now: self.now)
    }

    /// Keeps the waiter of a queued request, and watches its deadline.
    private mutating func wait(_ request: Int, _ waiter: Payload, _ actions: inout Actions) {
        let deadline = self.requests.entries[request].deadline
        self.requests.entries[request].waiter = waiter
        guard deadline != .distantFuture else { return }
        self.deadlines.insert(deadline, of: self.requests.ticket(of: request), in: self.requests)
        self.announce(deadline, &actions)
    }

    private mutating func announce(_ deadline: Instant, _ actions: inout Actions) {
        if let announced = self.announcedDeadline, announced <= deadline { return }
        self.announcedDeadline = deadline
        actions.nextDeadline = deadline
    }

    /// Takes a request out of its queue for good.
    private mutating func leave(_ request: Int) -> Payload? {
        self.models.queues[self.requests.entries[request].model].waiters.remove(request, in: &self.requests)
        return self.requests.remove(request)
    }

    /// Gives the free slots of a model to its waiters, as far as they go.
    private mutating func startWaiters(of model: Int, _ actions: inout Actions) {
        let limit = self.models.queues[model].limits.parallel
        while let request = self.models.queues[model].waiters.next,
            let backend = self.backends.next(for: model, limit: limit)
        {
            self.models.queues[model].waiters.remove(request, in: &self.requests)
            let waiter = self.requests.entries[request].waiter.take()
            let slot = self.start(request, of: model, on: backend)
            if let waiter { actions.answer(waiter, .start(slot)) }
        }
    }

    private mutating func startAllWaiters(_ actions: inout Actions) {
        for model in self.models.inNameOrder { self.startWaiters(of: model, &actions) }
    }

    /// Counts an arrival as rejected.
    private mutating func reject(_ model: Int) -> Rejection {
        self.models.queues[model].countRejectedArrival()
        defer { self.settle(model) }
        return self.rejection(model)
    }

    private func rejection(_ model: Int) -> Rejection {
        let (queue, usable) = (self.models.queues[model], self.backends.usableCount)
        let (slots, overflow) = queue.limits.parallel.multipliedReportingOverflow(by: usable)
        let retryAfter = RetryEstimate.seconds(
            queued: queue.waiters.count,
            averageProcessing: queue.totals.averageProcessing,
            slots: overflow ? .max : slots
        )
        return self.isDraining ? .shuttingDown(retryAfter: retryAfter) : .queueFull(retryAfter: retryAfter)
    }

    private mutating func resetTotals(_ model: Int) {
        self.models.queues[model].resetTotals(now: self.now, sequence: self.requests.nextSequence)
    }

    private var isDrained: Bool { self.isDraining && self.backends.totalActive == 0 }
}

extension AdmissionStateMachine: Sendable where Payload: Sendable {}
