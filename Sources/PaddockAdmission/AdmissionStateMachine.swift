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

    // Not private, as the machine has three files: nobody else touches these.
    var models: ModelTable
    var requests = RequestTable<Payload>()
    var backends: BackendSlots
    var shared = SharedTurns()
    /// When to look after each waiter: at its deadline, or when it may have become hopeless.
    var deadlines = InstantQueue()
    /// When each active request will have used up the slot time that it was charged.
    var charges = InstantQueue()
    /// The deadline that the shell was last told of and has not come back from.
    var announcedDeadline: Instant?
    var isDraining = false
    /// The time of the latest event.
    ///
    /// Threads may bring events in another order than they took their times.
    var now: Instant

    /// Makes a machine in which nothing has arrived yet.
    init(_ options: AdmissionOptions, now: Instant) {
        self.models = ModelTable(
            defaults: options.limits,
            policy: options.policy,
            unnamedLimit: options.unnamedModelLimit
        )
        self.backends = BackendSlots(count: options.backendCount, bounds: options.backendSlots)
        self.now = now
        for (name, overrides) in options.models {
            let model = self.entry(for: name)
            self.models.markNamed(model)
            self.models[model].configure(overrides, defaults: options.limits)
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
        let model = self.entry(for: request.model)
        self.models[model].countArrival()
        if self.isDraining { return .rejected(self.reject(model)) }
        let client = self.models[model].waiters.entry(for: request.client, now: self.now)
        if let backend = self.freeBackend(for: model, request.requestClass) {
            let index = self.requests.insert(request, model: model, client: client, waiter: waiter, now: self.now)
            return .start(self.start(index, on: backend, rule: .freeSlot))
        }
        let position = self.models[model].positionOfNewcomer(of: client, request.requestClass)
        if let firstByte = self.leastFirstByte(request, of: model, position: position),
            self.now + .nanoseconds(firstByte) > request.deadline
        {
            self.models[model].countArrivalThatWouldTimeOut()
            self.releaseIfIdle(model, client: client)
            return .rejected(self.wouldTimeOut(model, firstByte: firstByte, deadline: request.deadline))
        }
        var givesWay: (request: RequestIndex, rejection: Rejection)?
        if self.models[model].waiters.count >= self.models[model].limits.queue {
            guard let victim = self.victim(for: client, request.requestClass, of: model) else {
                defer { self.releaseIfIdle(model, client: client) }
                return .rejected(self.reject(model))
            }
            givesWay = (victim, self.rejection(model))
        }
        let index = self.requests.insert(request, model: model, client: client, waiter: waiter, now: self.now)
        let estimate = self.estimatedWait(of: model, position: position, now: self.now)
        if let estimate { self.requests.entries[index].estimatedStart = self.now + estimate }
        self.models[model].waiters.append(index, in: &self.requests)
        self.noteTurn(of: model)
        self.watch(index, &actions)
        // Last, so that a client that gives way to itself is never idle in between.
        if let givesWay { self.giveWay(givesWay.request, givesWay.rejection, &actions) }
        return .queued(self.requests.ticket(of: index), position: position, estimatedWait: estimate)
    }

    /// A request has arrived for which there is no memory; it counts as arrived and rejected.
    mutating func rejectForMemory(model name: ModelName, now: Instant, _ actions: inout Actions) -> Rejection {
        self.advance(to: now, &actions)
        let model = self.entry(for: name)
        self.models[model].countArrival()
        return self.reject(model)
    }

    /// The client of a queued request went away.
    ///
    /// - Returns: Its waiter, or `nil` if the request is not queued any more. It is handed out so that the shell, and not the
    ///   machine under its lock, gives up what may be the last reference.
    mutating func cancel(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Payload? {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        self.models[self.requests.entries[request].model].count(ticket) { $0.cancelled += 1 }
        return self.leave(request)
    }

    /// An operator cancels a request, queued or active.
    ///
    /// - Returns: Whether it is still there.
    mutating func cancelByAdmin(_ ticket: Ticket, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        if let request = self.requests.queuedIndex(of: ticket) {
            self.models[self.requests.entries[request].model].count(ticket) { $0.cancelled += 1 }
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
        self.models[self.requests.entries[request].model].progress(progress, slot)
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
        self.models[model].progress(counted, slot)
        let waiter = self.end(request, slot, ending, progress, &actions)
        self.startWaiters(ofModelThatFreedSlot: model, &actions)
        self.releaseIfIdle(model)
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
                self.models[model].count(slot.ticket) { $0.rejected += 1 }
                self.forget(request)
            } else {
                self.models[model].waiters.putBack(request, in: &self.requests)
                self.noteTurn(of: model)
                self.watch(request, &actions)
                answer = .queued(slot.ticket)
            }
        } else {
            self.end(request, slot, .failed, ReplyProgress(), &actions)
            answer = .noBackend
        }
        if isNews { self.startAllWaiters(&actions) } else { self.startWaiters(ofModelThatFreedSlot: model, &actions) }
        self.releaseIfIdle(model)
        return answer
    }

    /// The time has come that ``AdmissionActions/nextDeadline`` asked for, or it may have.
    mutating func deadlineReached(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.announcedDeadline = nil
        let requests = self.requests
        let next = self.deadlines.nextDue(isLive: requests.isDeadlineDue)
        if let next { self.announce(next, &actions) }
    }

    // MARK: - Steps

    /// Moves time forward: waiters whose deadline has come time out, and who has used up what it was charged is charged more.
    ///
    /// Each event begins with it, so that no slot goes to a waiter whose timer is late.
    mutating func advance(to now: Instant, _ actions: inout Actions) {
        self.now = max(self.now, now)
        while let (request, due) = self.deadlines.popDue(now: self.now) {
            guard self.requests.isDeadlineDue(request, at: due) else { continue }
            if self.requests.entries[request].deadline <= self.now {
                let waited = self.requests.entries[request].arrived.duration(to: self.now)
                self.models[self.requests.entries[request].model].count(self.requests.ticket(of: request)) {
                    $0.timedOut += 1
                }
                if let waiter = self.leave(request) { actions.answer(waiter, .timeOut(waited: waited)) }
            } else if let firstByte = self.hopelessFirstByte(of: request, percent: 10) {
                self.models[self.requests.entries[request].model].waiters.remove(request, in: &self.requests)
                self.giveUp(request, firstByte: firstByte, &actions)
            } else {
                self.watch(request, &actions)
            }
        }
        while let (request, due) = self.charges.popDue(now: self.now) {
            guard self.requests.isChargeDue(request, at: due) else { continue }
            let (model, charged) = (self.requests.entries[request].model, self.requests.entries[request].charged)
            // As much again, so that a long request is charged a few times only.
            self.models[model].waiters.charge(request, more: charged, in: &self.requests)
            self.noteTurn(of: model)
            self.watchCharge(request)
        }
    }

    mutating func entry(for name: ModelName) -> ModelIndex {
        let model = self.models.entry(for: name, now: self.now)
        self.backends.makeRow(for: model)
        return model
    }

    /// The backend with a free slot for a request of a model and class.
    func freeBackend(for model: ModelIndex, _ requestClass: RequestClass) -> BackendIndex? {
        self.backends.next(
            for: model,
            limit: self.models[model].limits.parallel,
            batchLimit: requestClass == .batch ? self.models.policy.batchSlots : nil
        )
    }

    /// Lets the entry of a client go, then that of its model, if they are idle and may.
    mutating func releaseIfIdle(_ model: ModelIndex, client: ClientIndex) {
        self.models[model].waiters.releaseIfIdle(client, now: self.now)
        self.releaseIfIdle(model)
    }

    mutating func releaseIfIdle(_ model: ModelIndex) {
        // A model with waiters is nearly always active, too.
        guard self.backends.active(of: model) == 0, self.models[model].waiters.count == 0 else { return }
        self.models[model].waiters.reset()
        self.models.releaseIfIdle(model)
    }

    /// Gives a slot to a request that is in no queue (any more).
    mutating func start(_ request: RequestIndex, on backend: BackendIndex, rule: StartRule) -> Slot {
        let model = self.requests.entries[request].model
        let slot = self.requests.start(request, on: backend, rule: rule, now: self.now)
        self.backends.take(model: model, backend: backend, self.requests.entries[request].requestClass)
        self.models[model].start(slot)
        let charge = self.models[model].times.pace.typical
        self.models[model].waiters.start(request, charge: charge, in: &self.requests)
        if self.backends.areBounded { self.noteSharedStart(request, slot, charge: charge) }
        self.watchCharge(request)
        return slot
    }

    /// Takes a slot away from its request, as if it had never had one.
    mutating func undoStart(_ request: RequestIndex, _ slot: Slot) {
        let model = self.requests.entries[request].model
        self.backends.release(model: model, backend: slot.backend, self.requests.entries[request].requestClass)
        self.models[model].undoStart(slot)
        self.models[model].waiters.end(request, processing: 0, in: &self.requests)
        if self.backends.areBounded { self.noteSharedEnd(request, on: slot.backend) }
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
        self.backends.release(model: model, backend: slot.backend, self.requests.entries[request].requestClass)
        self.models[model].end(slot, ending, progress, now: self.now)
        self.models.answered(model)
        self.models[model].waiters.end(request, processing: processing, in: &self.requests)
        if self.backends.areBounded { self.noteSharedEnd(request, on: slot.backend) }
        return self.forget(request)
    }

    /// Forgets a request that is neither queued nor active any more.
    @discardableResult
    mutating func forget(_ request: RequestIndex) -> Payload? {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.models[model].waiters.releaseIfIdle(client, now: self.now)
        return self.requests.remove(request)
    }

    /// Takes a request out of its queue for good.
    mutating func leave(_ request: RequestIndex) -> Payload? {
        let model = self.requests.entries[request].model
        self.models[model].waiters.remove(request, in: &self.requests)
        let waiter = self.forget(request)
        self.waiterLeft(model)
        return waiter
    }

    /// A model has one waiter less, which has got no slot; it may be idle now.
    mutating func waiterLeft(_ model: ModelIndex) {
        self.noteTurn(of: model)
        if self.backends.areBounded { self.releaseIfIdle(model) }
    }

    // MARK: - Time

    /// Sees to it that a waiter is looked after when its deadline comes, or when it may have become hopeless.
    ///
    /// First bytes may get slower while it waits, so half of what seems to be left is looked at again.
    mutating func watch(_ request: RequestIndex, _ actions: inout Actions) {
        let deadline = self.requests.entries[request].deadline
        guard deadline != .distantFuture else { return }
        var instant = deadline
        if self.requests.entries[request].isDeadlineStated, deadline > self.now {
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

    /// Sees to it that an active request is charged more once it has used up what it was charged.
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

    // MARK: - Starting waiters

    /// Gives the free slots of a model to its waiters, as far as they go.
    mutating func startWaiters(of model: ModelIndex, _ actions: inout Actions) {
        while self.models[model].waiters.count > 0, self.startNextWaiter(of: model, &actions) {}
    }

    /// Gives a free slot to the next waiter of a model, or answers it if that would be in vain.
    ///
    /// - Returns: Whether there is one waiter less.
    mutating func startNextWaiter(of model: ModelIndex, _ actions: inout Actions) -> Bool {
        guard let backend = self.freeBackend(for: model, .interactive) else { return false }
        let batchBackend =
            self.models[model].waiters.batchCount > 0 ? self.freeBackend(for: model, .batch) : nil
        let typical = self.models[model].times.pace.typical
        guard
            let (request, rule) = self.models[model].waiters.takeNext(
                batchFits: batchBackend != nil,
                typical: typical,
                in: &self.requests
            )
        else { return false }
        // While others can use the slot it goes to nobody who would probably be gone before its first byte.
        let percent = self.models[model].waiters.count > 0 ? 90 : 10
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

    mutating func startAllWaiters(_ actions: inout Actions) {
        if self.backends.areBounded { return self.startSharedWaiters(&actions) }
        for model in self.models.inNameOrder { self.startWaiters(of: model, &actions) }
    }

    /// A model has a request with a slot less, which others can use where they share the slots of a backend.
    mutating func startWaiters(ofModelThatFreedSlot model: ModelIndex, _ actions: inout Actions) {
        if self.backends.areBounded {
            self.startSharedWaiters(&actions)
        } else {
            self.startWaiters(of: model, &actions)
        }
    }

    // MARK: - Slots that all models share

    /// Gives the free slots of all backends to waiters of all models, as far as they go.
    mutating func startSharedWaiters(_ actions: inout Actions) {
        while let model = self.nextModel(), self.startNextWaiter(of: model, &actions) {}
    }

    /// The model that is next, where several could have a free slot.
    func nextModel() -> ModelIndex? {
        guard self.backends.hasRoom else { return nil }
        return self.shared.next(
            typical: { self.models[$0].times.pace.typical },
            rank: { model in
                guard let head = self.models[model].waiters.head else { return nil }
                let (requestClass, client) = (
                    self.requests.entries[head].requestClass, self.requests.entries[head].client
                )
                guard self.freeBackend(for: model, requestClass) != nil else { return nil }
                guard self.models.policy.isFair else { return 0 }
                return self.shared.holding(of: self.models[model].waiters.client(client))
            }
        )
    }

    /// Notes which waiter of a model is next.
    mutating func noteTurn(of model: ModelIndex) {
        guard self.backends.areBounded else { return }
        let head = self.models[model].waiters.head
        self.shared.set(
            model,
            next: head.map { (self.requests.entries[$0].requestClass, self.requests.nodes[$0].sequence) }
        )
    }

    mutating func noteSharedStart(_ request: RequestIndex, _ slot: Slot, charge: Int64) {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.noteTurn(of: model)
        guard self.backends.bound(of: slot.backend) != nil else { return }
        self.shared.started(
            self.models[model].waiters.client(client).name,
            self.requests.entries[request].requestClass,
            charge: slot.rule == .batchShare ? 0 : Double(charge),
            batchShare: self.models.policy.batchShare
        )
    }

    mutating func noteSharedEnd(_ request: RequestIndex, on backend: BackendIndex) {
        let (model, client) = (self.requests.entries[request].model, self.requests.entries[request].client)
        self.noteTurn(of: model)
        guard self.backends.bound(of: backend) != nil else { return }
        self.shared.ended(self.models[model].waiters.client(client).name)
    }

    mutating func learnEstimateError(_ request: RequestIndex, of model: ModelIndex) {
        let estimated = self.requests.entries[request].estimatedStart
        guard estimated != .distantFuture else { return }
        // Only once: a request that is put back has no new estimate.
        self.requests.entries[request].estimatedStart = .distantFuture
        let error = abs(self.now.nanoseconds - estimated.nanoseconds)
        self.models[model].times.started(estimateError: error)
    }

    // MARK: - Rejecting

    /// Counts an arrival as rejected.
    mutating func reject(_ model: ModelIndex) -> Rejection {
        self.models[model].countRejectedArrival()
        defer { self.releaseIfIdle(model) }
        return self.rejection(model)
    }

    /// Answers a request that has left its queue because it cannot have its first byte in time.
    mutating func giveUp(_ request: RequestIndex, firstByte: Int64, _ actions: inout Actions) {
        let (model, deadline) = (self.requests.entries[request].model, self.requests.entries[request].deadline)
        self.models[model].count(self.requests.ticket(of: request)) { $0.wouldTimeOut += 1 }
        let waiter = self.forget(request)
        if let waiter {
            actions.answer(waiter, .reject(self.wouldTimeOut(model, firstByte: firstByte, deadline: deadline)))
        }
        self.waiterLeft(model)
    }

    func wouldTimeOut(_ model: ModelIndex, firstByte: Int64, deadline: Instant) -> Rejection {
        .wouldTimeOut(
            firstByte: .nanoseconds(firstByte),
            left: max(.zero, self.now.duration(to: deadline)),
            retryAfter: self.retryAfter(model)
        )
    }

    func victim(for client: ClientIndex, _ requestClass: RequestClass, of model: ModelIndex) -> RequestIndex? {
        let limit = self.models[model].limits.queue
        return self.models[model].waiters.victim(for: client, requestClass, limit: limit)
    }

    /// A waiter makes room for a newcomer.
    mutating func giveWay(_ request: RequestIndex, _ rejection: Rejection, _ actions: inout Actions) {
        let model = self.requests.entries[request].model
        self.models[model].count(self.requests.ticket(of: request)) { $0.rejected += 1 }
        if let waiter = self.leave(request) { actions.answer(waiter, .reject(rejection)) }
    }

    func rejection(_ model: ModelIndex) -> Rejection {
        let retryAfter = self.retryAfter(model)
        if self.isDraining { return .shuttingDown(retryAfter: retryAfter) }
        return .queueFull(waiting: self.models[model].waiters.count, retryAfter: retryAfter)
    }

    func retryAfter(_ model: ModelIndex) -> Int {
        RetryEstimate.seconds(
            queued: self.models[model].waiters.count,
            averageProcessing: self.models[model].averageProcessing,
            slots: self.slots(of: model)
        )
    }

    mutating func resetTotals(_ model: ModelIndex) {
        self.models[model].resetTotals(now: self.now, sequence: self.requests.nextSequence)
    }
}

extension AdmissionStateMachine: Sendable where Payload: Sendable {}
