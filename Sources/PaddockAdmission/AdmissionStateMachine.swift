// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

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
///    the shell is asked for at once. (While led, it has half a second more for the word of whoever leads.)
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

    // Not private, as the machine has three files: nobody else touches these.
    var models: ModelTable
    var requests = RequestTable<Payload>()
    var fleet: Fleet
    /// When to look after each waiter: at its deadline, or when it may have become hopeless.
    var deadlines = InstantQueue()
    /// When each active request will have used up the slot time that it was charged.
    var charges = InstantQueue()
    /// The deadline that the shell was last told of and has not come back from.
    var announcedDeadline: Instant?
    var isDraining = false
    /// Whether somebody else says what starts.
    var isLed = false
    /// Whether somebody is told of those who leave their queues.
    var isFollowed: Bool
    /// What whoever leads has told of the queues of all members, to answer those that are turned away here.
    var toldWaits: [ModelName: QueueWait] = [:]
    /// Whether something had to be loaded when waiters were last started: some may have waited for that though slots were free.
    private var wasUnsettled = false
    /// The time of the latest event.
    ///
    /// Threads may bring events in another order than they took their times.
    var now: Instant

    /// Makes a machine in which nothing has arrived yet.
    init(_ options: AdmissionOptions, isFollowed: Bool = false, now: Instant) {
        self.isFollowed = isFollowed
        self.models = ModelTable(
            defaults: options.limits,
            policy: options.policy,
            unnamedLimit: options.unnamedModelLimit
        )
        self.fleet = Fleet(options, now: now)
        self.now = now
        for (name, overrides) in options.models {
            let model = self.entry(for: name)
            self.models.markNamed(model)
            self.models[model].configure(overrides, defaults: options.limits)
            self.noteLimits(of: model)
        }
    }

    // MARK: - The life of a request

    /// A request has arrived: its body is complete and its model known.
    ///
    /// 1. Draining, or no backend that its model may use gets requests: rejected.
    /// 2. A usable backend has a free slot that it may have: it starts there.
    /// 3. It only unloads its model, and a backend has a free slot: it starts there, as nothing has to be loaded for it.
    /// 4. Even an optimistic estimate of its first byte is behind its deadline: it would time out.
    /// 5. The queue has room: it waits.
    /// 6. Somebody gives way to it: it waits.
    /// 7. Else it is rejected.
    mutating func arrive(
        _ request: ArrivingRequest,
        waiter: Payload,
        now: Instant,
        _ actions: inout Actions
    ) -> Arrival {
        self.advance(to: now, &actions)
        let model = self.entry(for: request.model)
        self.models[model].countArrival(now: self.now)
        if self.isDraining || !self.fleet.isServable(model) { return .rejected(self.reject(model)) }
        let quota = self.fleet.quotas.index(of: request.client)
        if let refusal = self.fleet.quotas.refusal(quota, request.model, now: self.now) {
            return .rejected(self.reject(model, .overQuota(refusal)))
        }
        let runner = self.fleet.runner(of: model, request.options)
        let client = self.fleet[runner].waiters.entry(for: request.client, now: self.now)
        let (isSettled, backend) = self.fleet.place(runner, request.requestClass)
        let isBlocked = self.fleet.quotas.isAtLimit(quota)
        if let backend, !isBlocked {
            let index = self.insert(request, runner, client, quota, waiter)
            let isWarm = self.fleet.isChosenAsWarm(backend, for: runner, request.requestClass)
            return .start(self.start(index, on: backend, rule: isWarm ? .warm : .freeSlot))
        }
        if request.isUnload, !isBlocked, let backend = self.fleet.backendToUnload(runner, request.requestClass) {
            let index = self.insert(request, runner, client, quota, waiter)
            return .start(self.start(index, on: backend, rule: .freeSlot))
        }
        let position = self.fleet.positionOfNewcomer(runner, client, request.requestClass)
        if let firstByte = self.leastFirstByte(request, of: model, position: position),
            self.now + .nanoseconds(firstByte) > request.deadline
        {
            self.models[model].countArrival(that: .wouldTimeOut, now: self.now)
            self.releaseIfIdle(runner, client: client)
            return .rejected(self.wouldTimeOut(model, firstByte: firstByte, deadline: request.deadline))
        }
        if let limit = self.fleet.quotas.fullQueue(quota) {
            defer { self.releaseIfIdle(runner, client: client) }
            return .rejected(
                self.reject(model, .overQuota(.queue(limit: limit, retryAfter: self.retryAfter(model))))
            )
        }
        var givesWay: (ticket: Ticket, rejection: Rejection)?
        if self.fleet[model].waitingCount >= self.fleet[model].queueLimit {
            guard
                let victim = self.fleet.victim(
                    for: client,
                    request.requestClass,
                    of: runner,
                    limit: self.fleet[model].queueLimit
                )
            else {
                defer { self.releaseIfIdle(runner, client: client) }
                return .rejected(self.reject(model))
            }
            givesWay = (self.requests.ticket(of: victim), self.rejection(model))
        }
        let index = self.insert(request, runner, client, quota, waiter)
        var estimate = isBlocked || self.isLed ? nil : self.estimatedWait(of: model, position: position, now: self.now)
        if let estimate { self.requests.entries[index].estimatedStart = self.now + estimate }
        self.fleet.enqueue(index, in: &self.requests)
        self.fleet.noteTurn(of: runner, in: self.requests)
        if !isSettled {
            switch self.startWaiters(ofUnsettledFleet: index, &actions) {
            case .started(let slot)?: return .start(slot)
            case .gaveUp(let rejection)?: return .rejected(rejection)
            case nil: break
            }
            let outlook = FleetOutlook(self.fleet, in: self.requests, now: self.now)
            estimate = isBlocked ? nil : self.estimatedWait(of: runner, position: position, outlook, now: self.now)
            self.requests.entries[index].estimatedStart = estimate.map { self.now + $0 } ?? .distantFuture
        }
        self.watch(index, &actions)
        // Last, so that a client that gives way to itself is never idle in between. It may have started meanwhile.
        if let givesWay, let request = self.requests.queuedIndex(of: givesWay.ticket) {
            self.giveWay(request, givesWay.rejection, &actions)
        }
        let told = self.isLed ? nil : position
        return .queued(self.requests.ticket(of: index), position: told, estimatedWait: estimate)
    }

    /// A request has arrived for which there is no memory; it counts as arrived and rejected.
    mutating func rejectForMemory(model name: ModelName, now: Instant, _ actions: inout Actions) -> Rejection {
        self.advance(to: now, &actions)
        let model = self.entry(for: name)
        self.models[model].countArrival(now: self.now)
        return self.reject(model)
    }

    /// The client of a queued request went away.
    ///
    /// - Returns: Its waiter, or `nil` if the request is not queued any more. It is handed out so that the shell, and not the
    ///   machine under its lock, gives up what may be the last reference.
    mutating func cancel(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Payload? {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        self.models[self.requests.entries[request].model].count(ticket, .cancelled, now: self.now)
        defer { self.startWaitersIfUnsettled(&actions) }
        return self.leave(request, &actions)
    }

    /// An operator cancels a request, queued or active.
    ///
    /// - Returns: Whether it is still there.
    mutating func cancelByAdmin(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        if let request = self.requests.queuedIndex(of: ticket) {
            self.models[self.requests.entries[request].model].count(ticket, .cancelled, now: self.now)
            if let waiter = self.leave(request, &actions) { actions.answer(waiter, .reject(.cancelledByAdmin)) }
            self.startWaitersIfUnsettled(&actions)
        } else if let request = self.requests.activeIndex(of: ticket) {
            if let waiter = self.requests.entries[request].waiter { actions.answer(waiter, .cancel(ticket)) }
        } else {
            return false
        }
        return true
    }

    /// A request that held a slot has ended; if nobody knows when, at the time of the latest event.
    ///
    /// - Returns: Its waiter, for the shell to release.
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
        self.models[model].progress(counted, slot)
        let waiter = self.end(request, slot, ending, progress, &actions)
        self.startWaiters(of: model, &actions)
        self.releaseIfIdle(model)
        self.announceExpiry(&actions)
        return waiter
    }

    /// The time has come that ``AdmissionActions/nextDeadline`` asked for, or it may have.
    mutating func deadlineReached(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.announcedDeadline = nil
        self.fleet.lookForSilence(&self.models, now: self.now)
        self.startWaitersIfUnsettled(&actions)
        let requests = self.requests
        let next = self.deadlines.nextDue(isLive: requests.isDeadlineDue)
        if let next { self.announce(next, &actions) }
        if let look = self.fleet.lookAgain { self.announce(look, &actions) }
        self.announceExpiry(&actions)
    }

    // MARK: - Steps

    /// Moves time forward: waiters whose deadline has come time out, and who has used up what it was charged is charged more.
    ///
    /// Each event begins with it, so that no slot goes to a waiter whose timer is late.
    mutating func advance(to now: Instant, _ actions: inout Actions) {
        self.now = max(self.now, now)
        self.fleet.now = self.now
        if self.now >= self.fleet.nextExpiry {
            for backend in self.fleet.expire() { actions.command(.look(backend)) }
        }
        var hasLeft = false
        while let (request, due) = self.deadlines.popDue(now: self.now) {
            guard self.requests.isDeadlineDue(request, at: due) else { continue }
            if self.lastInstant(of: request) <= self.now {
                let waited = self.requests.entries[request].arrived.duration(to: self.now)
                let ticket = self.requests.ticket(of: request)
                self.models[self.requests.entries[request].model].count(ticket, .timedOut, now: self.now)
                let standing = self.standing(of: request)
                if let waiter = self.leave(request, &actions) {
                    actions.answer(waiter, .timeOut(waited: waited, standing))
                }
                hasLeft = true
            } else if let firstByte = self.hopelessFirstByte(of: request, percent: 10) {
                let waiter = self.requests.entries[request].waiter
                self.fleet.dequeue(request, in: &self.requests)
                let rejection = self.giveUp(request, firstByte: firstByte, &actions)
                if let waiter { actions.answer(waiter, .reject(rejection)) }
                hasLeft = true
            } else {
                self.watch(request, &actions)
            }
        }
        while let (request, due) = self.charges.popDue(now: self.now) {
            guard self.requests.isChargeDue(request, at: due) else { continue }
            let (runner, charged) = (self.requests.entries[request].runner, self.requests.entries[request].charged)
            // As much again, so that a long request is charged a few times only.
            self.fleet[runner].waiters.charge(request, more: charged, in: &self.requests)
            self.fleet.chargeMore(request, in: &self.requests)
            self.fleet.noteTurn(of: runner, in: self.requests)
            self.watchCharge(request)
        }
        // Others may have waited for the load that those who left wanted.
        if hasLeft { self.startWaitersIfUnsettled(&actions) }
    }

    mutating func entry(for name: ModelName) -> ModelIndex {
        let (model, isNew) = self.models.entry(for: name, now: self.now) { self.fleet.remove($0) }
        if isNew {
            self.fleet.add(model, name: name, parallel: self.models[model].limits.parallel)
            self.noteLimits(of: model)
        }
        return model
    }

    /// The fleet follows the limits of a model.
    mutating func noteLimits(of model: ModelIndex) {
        self.fleet[model].setParallel(self.models[model].limits.parallel)
        self.fleet[model].mayWait = self.models[model].limits.queue > 0
        // Who leads has a queue for all.
        self.fleet[model].queueLimit = self.isLed ? .max : self.models[model].limits.queue
    }

    /// Enters a request that arrives.
    mutating func insert(
        _ request: ArrivingRequest,
        _ runner: RunnerIndex,
        _ client: ClientIndex,
        _ quota: QuotaIndex,
        _ waiter: Payload
    ) -> RequestIndex {
        let model = self.fleet[runner].model
        let index = self.requests.insert(
            request,
            model: model,
            runner: runner,
            client: client,
            waiter: waiter,
            now: self.now
        )
        if quota.exists {
            self.requests.entries[index].quota = quota
            self.requests.entries[index].reserved = self.fleet.quotas.accepted(quota, request.maxAnswerTokens)
        }
        self.fleet.arrived(index, request.client, in: &self.requests, now: self.now)
        return index
    }

    /// Lets the entry of a client go, then that of its model, if they are idle and may.
    mutating func releaseIfIdle(_ runner: RunnerIndex, client: ClientIndex) {
        self.fleet[runner].waiters.releaseIfIdle(client, now: self.now)
        self.releaseIfIdle(self.fleet[runner].model)
    }

    mutating func releaseIfIdle(_ model: ModelIndex) {
        // It may have been decided already, and the entry be gone.
        guard self.models[model].isBusy, self.fleet.slots.active(of: model) == 0, self.fleet[model].waitingCount == 0
        else { return }
        for runner in self.fleet[model].runners { self.fleet[runner].waiters.reset() }
        self.models.releaseIfIdle(model) { self.fleet.remove($0) }
    }

    /// Gives a slot to a request that is in no queue (any more).
    mutating func start(_ request: RequestIndex, on backend: BackendIndex, rule: StartRule) -> Slot {
        let model = self.requests.entries[request].model
        let use = self.fleet.firstByteUse(
            self.requests.entries[request].runner,
            on: backend,
            isStream: self.requests.entries[request].expectsStream
        )
        let slot = self.requests.start(request, on: backend, rule: rule, firstByteUse: use, now: self.now)
        self.models[model].start(slot, isBatch: self.requests.entries[request].requestClass == .batch)
        let charge = self.fleet.start(request, on: backend, in: &self.requests, now: self.now)
        self.fleet.noteSharedStart(request, slot, charge: charge, in: self.requests)
        self.watchCharge(request)
        return slot
    }

    /// Takes a slot away from its request, as if it had never had one.
    mutating func undoStart(_ request: RequestIndex, _ slot: Slot) {
        let isBatch = self.requests.entries[request].requestClass == .batch
        self.models[self.requests.entries[request].model].undoStart(slot, isBatch: isBatch)
        self.fleet.end(request, on: slot.backend, .undecided, ReplyProgress(), processing: 0, in: &self.requests)
        self.fleet.noteSharedEnd(request, on: slot.backend, in: self.requests)
    }

    /// Ends an active request and frees its slot.
    @discardableResult
    mutating func end(
        _ request: RequestIndex,
        _ slot: Slot,
        _ ending: Ending,
        _ progress: ReplyProgress,
        _ actions: inout Actions
    ) -> Payload? {
        let model = self.requests.entries[request].model
        let processing = self.now.nanoseconds - slot.started.nanoseconds
        if ending == .completed, !progress.isError {
            _ = self.noteAnswer(request, on: slot.backend, isStream: progress.isStream, &actions)
        } else if ending == .completed, progress.status != 503 {
            self.fleet.backends[Int(slot.backend.row)].failed(model, now: self.now)
        }
        if let tokens = progress.tokens {
            let (quota, most) = (self.requests.entries[request].quota, self.requests.entries[request].maxAnswerTokens)
            self.fleet.quotas.used(quota, tokens, ofAtMost: most, now: self.now)
        }
        let isLoad = self.requests.entries[request].isLoad
        self.models[model].end(slot, ending, progress, isLoad: isLoad, now: self.now)
        self.fleet.backends[Int(slot.backend.row)].recent.ended(slot, ending, progress, now: self.now)
        self.models.answered(model)
        let outcome = Breaker.Outcome(ending, progress, isFast: self.isFast(processing, model))
        self.fleet.end(request, on: slot.backend, outcome, progress, processing: processing, in: &self.requests)
        if ending == .completed, progress.status == 503 { self.fleet.noteRefusal(by: slot.backend) }
        if let backend = self.fleet.toLookAt.take() { actions.command(.look(backend)) }
        self.fleet[model].typical = self.models[model].times.pace.typical
        self.fleet.noteSharedEnd(request, on: slot.backend, in: self.requests)
        return self.forget(request)
    }

    private func isFast(_ processing: Int64, _ model: ModelIndex) -> Bool {
        Breaker.isFast(processing, usual: self.models[model].times.pace.mean)
    }

    /// Forgets a request that is neither queued nor active any more.
    @discardableResult
    mutating func forget(_ request: RequestIndex) -> Payload? {
        self.fleet.forget(request, in: &self.requests, now: self.now)
        return self.requests.remove(request)
    }

    /// Takes a request out of its queue for good.
    mutating func leave(_ request: RequestIndex, _ actions: inout Actions) -> Payload? {
        if self.isFollowed { actions.left(self.requests.ticket(of: request)) }
        return self.leaveUntold(request)
    }

    /// Takes a request out of its queue for good, of which whoever leads knows.
    mutating func leaveUntold(_ request: RequestIndex) -> Payload? {
        let runner = self.requests.entries[request].runner
        self.fleet.dequeue(request, in: &self.requests)
        let waiter = self.forget(request)
        self.waiterLeft(runner)
        return waiter
    }

    /// A runner has one waiter less, which has got no slot; its model may be idle now.
    mutating func waiterLeft(_ runner: RunnerIndex) {
        self.fleet.noteTurn(of: runner, in: self.requests)
        self.releaseIfIdle(self.fleet[runner].model)
    }

    // MARK: - Time

    /// Makes sure that a waiter is looked after when its deadline comes, or when it may have become hopeless.
    ///
    /// First bytes may get slower while it waits, so half of what seems to be left is looked at again.
    mutating func watch(_ request: RequestIndex, _ actions: inout Actions) {
        let deadline = self.lastInstant(of: request)
        guard deadline != .distantFuture else { return }
        var instant = deadline
        if self.requests.entries[request].isDeadlineStated, !self.isLed, deadline > self.now {
            let firstByte = self.firstByte(of: request, percent: 10) ?? 0
            let left = deadline.nanoseconds - self.now.nanoseconds - firstByte
            instant = self.now.advanced(by: .nanoseconds(max(1, min(left, max(left / 2, Self.leastLook)))))
        }
        self.requests.entries[request].nextCheck = instant
        if self.deadlines.isDirty {
            let requests = self.requests
            self.deadlines.clean(isLive: requests.isDeadlineDue)
        }
        self.deadlines.insert(instant, for: self.requests.ticket(of: request))
        self.announce(instant, &actions)
    }

    /// Makes sure that an active request is charged more once it has used up what it was charged.
    mutating func watchCharge(_ request: RequestIndex) {
        if self.charges.isDirty {
            let requests = self.requests
            self.charges.clean(isLive: requests.isChargeDue)
        }
        self.charges.insert(self.requests.entries[request].chargeEnd, for: self.requests.ticket(of: request))
    }

    mutating func announce(_ deadline: Instant, _ actions: inout Actions) {
        if let announced = self.announcedDeadline, announced <= deadline { return }
        self.announcedDeadline = deadline
        actions.nextDeadline = deadline
    }

    /// Makes sure that a model that a backend unloads by itself is cold by then.
    mutating func announceExpiry(_ actions: inout Actions) {
        if self.fleet.nextExpiry != .distantFuture { self.announce(self.fleet.nextExpiry, &actions) }
    }

    // MARK: - Starting waiters

    /// Gives free slots to waiters, as far as they go.
    ///
    /// - Parameter model: The model that has slots to give, if others cannot use them. Defaults to none: all.
    mutating func startWaiters(of model: ModelIndex? = nil, _ actions: inout Actions) {
        // A client that is no longer at its limit may wait for any model.
        var model = self.fleet.takeUnblocked() ? nil : model
        let isSettled = self.fleet.isSettled()
        if isSettled, self.wasUnsettled { (model, self.wasUnsettled) = (nil, false) }
        if !isSettled {
            self.startWaiters(ofUnsettledFleet: nil, &actions)
        } else if self.fleet.slots.areBounded {
            while let runner = self.fleet.nextRunner(in: self.requests), self.startNextWaiter(of: runner, &actions) {}
        } else {
            guard let model else { return self.models.inNameOrder.forEach { self.startWaiters(of: $0, &actions) } }
            guard self.fleet[model].waitingCount > 0 else { return }
            for runner in self.fleet[model].runners { self.startWaiters(of: runner, &actions) }
        }
    }

    private mutating func startWaiters(of runner: RunnerIndex, _ actions: inout Actions) {
        while self.fleet[runner].waiters.count > 0, self.startNextWaiter(of: runner, &actions) {}
    }

    /// Gives a free slot to the next waiter of a runner, or answers it if that would be in vain.
    ///
    /// - Returns: Whether there is one waiter less.
    mutating func startNextWaiter(of runner: RunnerIndex, _ actions: inout Actions) -> Bool {
        guard let backend = self.fleet.freeBackend(for: runner, .interactive) else { return false }
        let batchBackend =
            self.fleet[runner].waiters.batchCount > 0 ? self.fleet.freeBackend(for: runner, .batch) : nil
        let typical = self.fleet.startCharge(of: self.fleet[runner].model)
        guard let (request, rule) = self.fleet[runner].waiters.next(batchFits: batchBackend != nil, typical: typical)
        else { return false }
        self.fleet.dequeue(request, in: &self.requests)
        let isBatch = self.requests.entries[request].requestClass == .batch
        let waiter = self.requests.entries[request].waiter
        let answer = self.startWaiter(request, on: isBatch ? batchBackend ?? backend : backend, rule, &actions)
        if let waiter { actions.answer(waiter, WaiterAnswer(answer)) }
        return true
    }

    /// Gives a slot to a waiter that was taken out of its queue, unless it would probably be gone before its first byte.
    ///
    /// The caller tells the waiter.
    private mutating func startWaiter(
        _ request: RequestIndex,
        on backend: BackendIndex,
        _ rule: StartRule,
        _ actions: inout Actions
    ) -> TurnAnswer {
        let model = self.requests.entries[request].model
        // While others can use the slot it goes to nobody who would probably be gone.
        let percent = self.fleet[model].waitingCount > 0 ? 90 : 10
        if let firstByte = self.hopelessFirstByte(of: request, percent: percent) {
            return .gaveUp(self.giveUp(request, firstByte: firstByte, &actions))
        }
        self.learnEstimateError(request, of: model)
        return .started(self.start(request, on: backend, rule: rule))
    }

    /// Does what the fleet says is next while something has to be loaded.
    ///
    /// - Parameter newcomer: A waiter that is told by the caller, and not by an answer. Defaults to none.
    /// - Returns: What became of the newcomer, if it does not wait any more.
    @discardableResult
    mutating func startWaiters(ofUnsettledFleet newcomer: RequestIndex?, _ actions: inout Actions) -> TurnAnswer? {
        var found: TurnAnswer?
        self.wasUnsettled = true
        while let step = self.fleet.nextStep(now: self.now, in: &self.requests) {
            switch step {
            case .start(let request, let backend, let rule):
                let waiter = self.requests.entries[request].waiter
                let answer = self.startWaiter(request, on: backend, rule, &actions)
                if request == newcomer {
                    found = answer
                } else if let waiter {
                    actions.answer(waiter, WaiterAnswer(answer))
                }
            case .command(let command):
                actions.command(command)
            }
        }
        if let look = self.fleet.lookAgain { self.announce(look, &actions) }
        return found
    }

    /// A waiter has left, or time has passed: what was planned may not be wanted any more, or may begin.
    mutating func startWaitersIfUnsettled(_ actions: inout Actions) {
        if self.fleet.isSettled() {
            // Whatever was to be looked at again is not wanted any more.
            self.fleet.lookAgain = nil
            if self.wasUnsettled { self.startWaiters(&actions) }
        } else {
            self.startWaiters(ofUnsettledFleet: nil, &actions)
        }
    }

    mutating func learnEstimateError(_ request: RequestIndex, of model: ModelIndex) {
        let estimated = self.requests.entries[request].estimatedStart
        guard estimated != .distantFuture else { return }
        // Only once: a request that is put back has no new estimate.
        self.requests.entries[request].estimatedStart = .distantFuture
        let error = abs(self.now.nanoseconds - estimated.nanoseconds)
        self.models[model].times.started(estimateError: error)
    }
}

extension AdmissionStateMachine: Sendable where Payload: Sendable {}
