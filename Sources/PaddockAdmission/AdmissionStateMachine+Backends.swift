// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What becomes known of backends.
extension AdmissionStateMachine {
    // MARK: - Replies

    /// Something was relayed of the reply to a request that holds a slot, and the reply goes on.
    mutating func report(_ slot: Slot, _ progress: ReplyProgress) {
        guard let request = self.requests.activeIndex(of: slot) else { return }
        self.models[self.requests.entries[request].model].progress(progress, slot)
        self.fleet.progressed(request, on: slot.backend, in: self.requests)
    }

    /// A reply that is no error has begun.
    mutating func answered(_ slot: Slot, isStream: Bool, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else { return }
        self.fleet.progressed(request, on: slot.backend, in: self.requests)
        if self.noteAnswer(request, on: slot.backend, isStream: isStream, &actions) { self.startWaiters(&actions) }
    }

    /// A reply that is no error has begun.
    ///
    /// - Returns: Whether a load has ended with it.
    mutating func noteAnswer(
        _ request: RequestIndex,
        on backend: BackendIndex,
        isStream: Bool,
        _ actions: inout Actions
    ) -> Bool {
        let hasLoaded = self.fleet.answered(
            request,
            on: backend,
            isStream: isStream,
            in: &self.requests,
            now: self.now
        )
        if hasLoaded, self.fleet.backends[Int(backend.row)].isOnTrial { actions.command(.look(backend)) }
        return hasLoaded
    }

    // MARK: - Backends

    /// A backend has refused a request whole (503).
    ///
    /// - Returns: Whether another one may take it.
    mutating func refused(_ slot: Slot, retryAfter: Nanoseconds?, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot), !self.isDraining else { return false }
        return self.fleet.refused(
            request,
            on: slot.backend,
            retryAfter: retryAfter?.count,
            in: self.requests
        )
    }

    /// A request that was refused gets a slot elsewhere, or waits again.
    mutating func reassign(_ slot: Slot, now: Instant, _ actions: inout Actions) -> Reassignment {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return .noBackend
        }
        let model = self.requests.entries[request].model
        let answer = self.putElsewhere(request, slot, &actions)
        self.startWaiters(of: model, &actions)
        self.releaseIfIdle(model)
        return answer
    }

    /// Takes a request from a backend that has not begun to work on it, and looks for another one.
    private mutating func putElsewhere(
        _ request: RequestIndex,
        _ slot: Slot,
        _ actions: inout Actions
    ) -> Reassignment {
        let (model, runner) = (self.requests.entries[request].model, self.requests.entries[request].runner)
        self.undoStart(request, slot)
        let isSettled = self.fleet.isSettled(with: runner)
        let requestClass = self.requests.entries[request].requestClass
        // Its client may have been paused meanwhile, or may have fewer at once.
        let isBlocked = self.fleet.quotas.isAtLimit(self.requests.entries[request].quota)
        if isSettled, !isBlocked, let backend = self.fleet.freeBackend(for: runner, requestClass) {
            return .start(self.start(request, on: backend, rule: slot.rule))
        }
        if self.isDraining || !self.fleet.isServable(model) {
            self.models[model].count(slot.ticket, .rejected, now: self.now)
            self.forget(request)
            return .rejected(self.rejection(model))
        }
        self.fleet.enqueue(request, again: true, in: &self.requests)
        self.fleet.noteTurn(of: runner, in: self.requests)
        if !isSettled {
            switch self.startWaiters(ofUnsettledFleet: request, &actions) {
            case .started(let slot)?: return .start(slot)
            case .gaveUp(let rejection)?: return .rejected(rejection)
            case nil: break
            }
        }
        self.watch(request, &actions)
        return .queued(slot.ticket)
    }

    /// The backend of a slot could not be reached, and has not seen a byte of the request.
    ///
    /// 1. The backend is unhealthy.
    /// 2. No other one is healthy that its model may run on: the request has failed. Now all of these are usable, which may help other
    ///    waiters.
    /// 3. A healthy one has a free slot: the request starts there.
    /// 4. Draining, or no other backend that its model may use gets requests: it is rejected.
    /// 5. Else it waits again, before those of its client that arrived after it, whatever the queue limit.
    mutating func backendUnreachable(_ slot: Slot, now: Instant, _ actions: inout Actions) -> Reassignment {
        self.advance(to: now, &actions)
        guard let request = self.requests.activeIndex(of: slot) else {
            assertionFailure("a slot was given back twice")
            return .noBackend
        }
        let model = self.requests.entries[request].model
        let isNews = self.fleet.setHealthy(slot.backend, false)
        self.fleet.backends[Int(slot.backend.row)].breaker.ended(.unreachable, began: slot.started, now: self.now)
        let answer: Reassignment
        if self.fleet.slots.hasHealthy, !self.fleet[model].isStranded {
            answer = self.putElsewhere(request, slot, &actions)
        } else {
            self.end(request, slot, .failed, ReplyProgress(), &actions)
            answer = .noBackend
        }
        if isNews { self.startWaiters(&actions) } else { self.startWaiters(of: model, &actions) }
        self.releaseIfIdle(model)
        return answer
    }

    /// A backend has been tried, and answered or not.
    ///
    /// A server that reads a long prompt may not answer a probe meanwhile: one whose requests get on is healthy.
    mutating func setBackend(
        _ backend: BackendIndex,
        healthy: Bool,
        isCertain: Bool,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        let isAlive =
            self.fleet.slots.active(on: backend) > 0
            && self.fleet.backends[Int(backend.row)].breaker.hasProgress(now: self.now)
        if !healthy, !isCertain, isAlive { return }
        // Bad news may free slots too: without a healthy backend all are usable.
        if self.fleet.setHealthy(backend, healthy) { self.startWaiters(&actions) }
    }

    /// A backend has listed what it has loaded.
    ///
    /// - Parameter asked: When it was asked.
    /// - Returns: The model whose load does not end, if the backend is wedged.
    @discardableResult
    mutating func observe(
        _ list: [LoadedModel],
        on backend: BackendIndex,
        asked: Instant,
        now: Instant,
        _ actions: inout Actions
    ) -> ModelName? {
        self.advance(to: now, &actions)
        self.fleet.observe(list, on: backend, asked: asked, models: self.models, now: self.now)
        self.fleet.lookForSilence(&self.models, now: self.now)
        self.startWaiters(&actions)
        self.preload(on: backend, &actions)
        self.announceExpiry(&actions)
        return self.fleet.backends[Int(backend.row)].loader.stuckModel
    }

    private mutating func preload(on backend: BackendIndex, _ actions: inout Actions) {
        guard let command = self.fleet.preload(on: backend, now: self.now) else { return }
        actions.command(command)
        // Who waits for that model elsewhere may use this load.
        self.startWaiters(&actions)
    }

    /// A backend has loaded a pinned model, or has not.
    mutating func preloaded(
        _ model: ModelName,
        on backend: BackendIndex,
        succeeded: Bool,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        self.fleet.preloaded(model, on: backend, succeeded: succeeded, now: self.now)
        if self.fleet.backends[Int(backend.row)].isOnTrial { actions.command(.look(backend)) }
        self.startWaiters(&actions)
    }

    /// A backend did not say what it has loaded, or not in a way that is understood.
    mutating func observationFailed(on backend: BackendIndex, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.fleet.lookForSilence(&self.models, now: self.now)
        self.fleet.backends[Int(backend.row)].observationFailed(now: self.now)
        self.startWaiters(&actions)
    }

    /// A backend has listed what can be loaded there, with sizes in bytes.
    mutating func setInstalled(
        _ models: [ModelName: Int64],
        on backend: BackendIndex,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        guard self.fleet.backends[Int(backend.row)].installed != models else { return }
        self.fleet.backends[Int(backend.row)].installed = models
        self.fleet.noteStranded()
        self.startWaiters(&actions)
        self.preload(on: backend, &actions)
    }

    /// A backend has unloaded a model that it was asked to unload, or has not answered.
    mutating func unloaded(_ model: ModelName, on backend: BackendIndex, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.fleet.unloaded(model, on: backend)
        self.startWaiters(&actions)
        self.preload(on: backend, &actions)
    }

    /// A backend has unloaded a model for a client that asked it to, or does so as soon as nothing of it is active.
    mutating func unloadedForClient(
        _ model: ModelName,
        on backend: BackendIndex,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        self.fleet.unloadedForClient(model, on: backend)
        self.startWaiters(&actions)
        self.preload(on: backend, &actions)
    }

    // MARK: - Backends that come and go

    // An index is never given to another backend: records of requests that ended long ago name their backend by it.

    /// A backend gets an index, and no requests yet.
    mutating func addBackend(_ traits: BackendTraits, now: Instant, _ actions: inout Actions) -> BackendIndex {
        self.advance(to: now, &actions)
        let backend = self.fleet.addBackend(traits, now: self.now)
        // It may be the first one whose slots all models share: nobody has noted the turns until now.
        for runner in self.fleet.runners.waiting { self.fleet.noteTurn(of: runner, in: self.requests) }
        return backend
    }

    /// What is said of a backend has changed.
    mutating func describeBackend(
        _ backend: BackendIndex,
        _ traits: BackendTraits,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        self.fleet.describe(backend, traits)
        self.fleet.setBound(backend, traits.slots, in: self.requests)
        self.startWaiters(&actions)
    }

    /// A backend gets requests from now on: one that is joining, that was drained, or that was removed and comes back.
    mutating func openBackend(_ backend: BackendIndex, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        guard !self.fleet.slots.isOpen(backend) else { return }
        self.fleet.setStanding(backend, .open)
        self.startWaiters(&actions)
    }

    /// A backend gets no more requests; those that it has go on.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - isRemoved: Whether it is gone when they have ended.
    /// - Returns: `false` if it is the only one that gets requests: it stays as it is.
    mutating func closeBackend(_ backend: BackendIndex, isRemoved: Bool, now: Instant, _ actions: inout Actions) -> Bool
    {
        self.advance(to: now, &actions)
        guard !self.fleet.slots.isLastOpen(backend) else { return false }
        self.fleet.setStanding(backend, isRemoved ? .removed : .draining)
        self.rejectUnservable(&actions)
        // What waited for its models may be served elsewhere, or has to be loaded there now.
        self.startWaiters(&actions)
        return true
    }
}

/// What a cluster changes: somebody else says what starts, or less may start than the limits say.
extension AdmissionStateMachine {
    /// Somebody else says what starts from now on, or no longer does.
    ///
    /// While led, every request waits, whatever the limits of slots and queues, until ``grant(_:on:rule:now:_:)``; nothing is loaded. Deadlines
    /// and cancellations are as ever.
    ///
    /// - Parameters:
    ///   - isLed: Whether somebody else does.
    ///   - caps: What may be used of the limits if nobody else does; nil for all of them.
    mutating func setLed(_ isLed: Bool, caps: SlotCaps?, now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        let wasLed = self.isLed
        if isLed != wasLed {
            self.isLed = isLed
            if !isLed { self.toldWaits = [:] }
            self.fleet.setPolicy(isLed ? self.models.policy.whileLed : self.models.policy, in: self.requests)
            for model in self.models.all { self.noteLimits(of: model) }
        }
        self.fleet.setCaps(isLed ? .nothing : caps)
        self.startWaiters(&actions)
        // Those that have waited for the word of whoever led are looked after here again.
        if wasLed, !isLed {
            for request in self.requests.live where self.requests.nodes[request].links.isLinked {
                self.watch(request, &actions)
            }
        }
    }

    /// How long whoever leads has to say that the time of a request is up: it knows where the request was.
    private static var leaderPatience: Nanoseconds { .milliseconds(500) }

    /// When a queued request is given up.
    func lastInstant(of request: RequestIndex) -> Instant {
        let deadline = self.requests.entries[request].deadline
        return self.isLed && deadline != .distantFuture ? deadline.advanced(by: Self.leaderPatience) : deadline
    }

    /// Whoever leads has given a slot to a request.
    ///
    /// - Parameter place: Where the request was at its arrival; nil if that is not known.
    /// - Returns: Whether it still waited, and had time left.
    mutating func grant(
        _ ticket: Ticket,
        on backend: BackendIndex,
        rule: StartRule,
        place: QueuePlace?,
        now: Instant,
        _ actions: inout Actions
    ) -> Bool {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(ofAny: ticket) else { return false }
        if self.requests.entries[request].deadline <= self.now {
            self.timeOut(ticket, QueueStanding(inFront: 0, pace: nil), place: place, now: now, &actions)
            return false
        }
        self.tell(request, place, &actions)
        let (runner, waiter) = (self.requests.entries[request].runner, self.requests.entries[request].waiter)
        self.fleet.dequeue(request, in: &self.requests)
        self.fleet.noteTurn(of: runner, in: self.requests)
        let slot = self.start(request, on: backend, rule: rule)
        if let waiter { actions.answer(waiter, .start(slot)) }
        self.announceExpiry(&actions)
        return true
    }

    /// Whether a request waits, and others of its model with it.
    mutating func isBehindOthers(_ ticket: Ticket) -> Bool {
        guard let request = self.requests.queuedIndex(ofAny: ticket) else { return false }
        return self.fleet[self.requests.entries[request].model].waitingCount > 1
    }

    /// Whoever leads has turned a request away.
    ///
    /// - Returns: Whether it still waited.
    mutating func turnAway(
        _ ticket: Ticket,
        _ rejection: Rejection,
        place: QueuePlace?,
        now: Instant,
        _ actions: inout Actions
    ) -> Bool {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(ofAny: ticket) else { return false }
        self.tell(request, place, &actions)
        let ending: Ending = if case .wouldTimeOut = rejection { .wouldTimeOut } else { .rejected }
        self.models[self.requests.entries[request].model].count(ticket, ending, now: self.now)
        if let waiter = self.leaveUntold(request) { actions.answer(waiter, .reject(rejection)) }
        return true
    }

    /// Whoever leads says that the time of a request is up, and where it was then.
    mutating func timeOut(
        _ ticket: Ticket,
        _ standing: QueueStanding,
        place: QueuePlace?,
        now: Instant,
        _ actions: inout Actions
    ) {
        self.advance(to: now, &actions)
        guard let request = self.requests.queuedIndex(ofAny: ticket) else { return }
        self.tell(request, place, &actions)
        let waited = self.requests.entries[request].arrived.duration(to: self.now)
        self.models[self.requests.entries[request].model].count(ticket, .timedOut, now: self.now)
        if let waiter = self.leaveUntold(request) { actions.answer(waiter, .timeOut(waited: waited, standing)) }
    }

    /// Whoever leads says where a request is, if it still waits.
    mutating func show(_ ticket: Ticket, _ waiting: WaitingRequest, place: QueuePlace?, _ actions: inout Actions) {
        guard let request = self.requests.queuedIndex(ofAny: ticket) else { return }
        self.tell(request, place, &actions)
        if let waiter = self.requests.entries[request].waiter { actions.answer(waiter, .waits(ticket, waiting)) }
    }

    private func tell(_ request: RequestIndex, _ place: QueuePlace?, _ actions: inout Actions) {
        guard let place, let waiter = self.requests.entries[request].waiter else { return }
        actions.answer(waiter, .placed(self.requests.ticket(of: request), place))
    }

    /// What requests would meet that came now, by models of which requests wait; of more models those with the most.
    func waits(atMost count: Int) -> [ModelName: QueueWait] {
        let waiting = self.models.all.filter { self.fleet[$0].waitingCount > 0 }
        let most = waiting.sorted { self.fleet[$0].waitingCount > self.fleet[$1].waitingCount }.prefix(count)
        return most.reduce(into: [:]) { waits, model in
            waits[self.models[model].name] = QueueWait(
                waiting: self.fleet[model].waitingCount,
                retryAfter: self.retryAfter(model)
            )
        }
    }

    /// A request holds a slot already, by the word of whoever started it: it is active from now on, whatever the limits.
    mutating func adopt(
        _ request: ArrivingRequest,
        waiter: Payload,
        on backend: BackendIndex,
        now: Instant,
        _ actions: inout Actions
    ) -> Slot {
        self.advance(to: now, &actions)
        let model = self.entry(for: request.model)
        self.models[model].countArrival(now: self.now)
        let quota = self.fleet.quotas.index(of: request.client)
        let runner = self.fleet.runner(of: model, request.options)
        let client = self.fleet[runner].waiters.entry(for: request.client, now: self.now)
        let index = self.insert(request, runner, client, quota, waiter)
        let slot = self.start(index, on: backend, rule: .freeSlot)
        self.announceExpiry(&actions)
        return slot
    }

    /// Everything that is known, without any request: where the queue of a coordinator begins.
    func withoutRequests(now: Instant) -> Self {
        var machine = self
        var actions = Actions()
        machine.isFollowed = false
        machine.setLed(true, caps: nil, now: now, &actions)
        for request in machine.requests.live {
            if machine.requests.nodes[request].links.isLinked {
                _ = machine.leave(request, &actions)
            } else {
                machine.end(request, machine.requests.slot(of: request), .cancelled, ReplyProgress(), &actions)
            }
        }
        machine.announcedDeadline = nil
        machine.setLed(false, caps: nil, now: now, &actions)
        return machine
    }

    /// The requests that hold slots and those that wait, in the order of their arrival.
    func livingRequests() -> [LivingRequest] {
        self.requests.live.map { index in
            let entry = self.requests.entries[index]
            let runner = self.fleet[entry.runner]
            var request = ArrivingRequest(
                id: entry.id,
                model: self.models[entry.model].name,
                client: runner.waiters.client(entry.client),
                deadline: entry.deadline
            )
            (request.options, request.requestClass) = (runner.options, entry.requestClass)
            (request.expectsStream, request.isDeadlineStated) = (entry.expectsStream, entry.isDeadlineStated)
            (request.units, request.maxAnswerTokens) = (Int(entry.units), entry.maxAnswerTokens)
            (request.keepAlive, request.isLoad) = (entry.keepAlive, entry.isLoad)
            request.isUnload = entry.isLoad && entry.keepAlive == .zero
            let isQueued = self.requests.nodes[index].links.isLinked
            return LivingRequest(
                ticket: self.requests.ticket(of: index),
                request: request,
                arrived: entry.arrived,
                backend: isQueued ? nil : entry.backend
            )
        }.sorted { $0.ticket.sequence < $1.ticket.sequence }
    }
}

extension AdmissionPolicy {
    /// The policy of somebody who is led: nothing is loaded on its own account.
    var whileLed: AdmissionPolicy {
        var policy = self
        policy.fleet.isOn = false
        return policy
    }
}
