// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What operators change, and what they read.
extension AdmissionStateMachine {
    // MARK: - Changes from outside

    /// An operator has set one or both limits of a model, which need not have been seen before.
    ///
    /// - Returns: The limits that hold from now on.
    mutating func updateLimits(
        model name: ModelName,
        to overrides: LimitOverrides,
        now: Instant,
        _ actions: inout Actions
    ) -> (before: Limits, after: Limits) {
        self.advance(to: now, &actions)
        let model = self.entry(for: name)
        let before = self.models[model].limits
        self.models.markNamed(model)
        self.models[model].choose(overrides)
        self.noteLimits(of: model)
        self.startWaiters(of: model, &actions)
        return (before, self.models[model].limits)
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
        self.fleet.setPolicy(self.isLed ? policy.whileLed : policy, in: self.requests)
        for name in named.keys {
            let model = self.entry(for: name)
            self.models.markNamed(model)
        }
        var unmarked: [ModelIndex] = []
        for model in self.models.inNameOrder {
            let overrides = named[self.models[model].name]
            self.models[model].configure(overrides ?? LimitOverrides(), defaults: defaults)
            self.noteLimits(of: model)
            for runner in self.fleet[model].runners { self.fleet.noteTurn(of: runner, in: self.requests) }
            if overrides == nil, self.models[model].isNamed, self.models[model].chosen.isEmpty {
                unmarked.append(model)
            }
        }
        // Only now, as it may remove other entries.
        for model in unmarked {
            self.models.unmarkNamed(model)
            self.releaseIfIdle(model)
        }
        self.rejectUnservable(&actions)
        self.startWaiters(&actions)
    }

    /// What clients may use at most has changed; what they have used stays.
    mutating func setQuotas(_ quotas: [String: Quota], now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        guard !self.isDraining else { return }
        self.fleet.setQuotas(quotas, in: &self.requests)
        self.startWaiters(&actions)
    }

    /// What operators order of clients has changed.
    mutating func obey(_ orders: [String: ClientOrder], now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        guard !self.isDraining else { return }
        self.fleet.obey(orders, in: &self.requests)
        self.startWaiters(&actions)
    }

    /// An operator has reset the totals of one model, or of all.
    ///
    /// - Returns: Whether the model has an entry.
    mutating func resetTotals(model name: ModelName?, now: Instant, _ actions: inout Actions) -> Bool {
        self.advance(to: now, &actions)
        guard let name else {
            for model in self.models.all { self.resetTotals(model) }
            self.models.resetUnknown()
            return true
        }
        guard let model = self.models.index(of: name) else { return false }
        self.resetTotals(model)
        return true
    }

    /// Paddock is to stop: nobody waits any more, and nobody arrives.
    mutating func drain(now: Instant, _ actions: inout Actions) {
        self.advance(to: now, &actions)
        self.isDraining = true
        // Nobody is held back by what it has used any more.
        self.fleet.setQuotas([:], in: &self.requests)
        self.fleet.obey([:], in: &self.requests)
        self.rejectWaiters(&actions) { _ in true }
    }

    /// Rejects those that wait for models of which no backend gets requests any more.
    mutating func rejectUnservable(_ actions: inout Actions) {
        let fleet = self.fleet
        self.rejectWaiters(&actions) { !fleet.isServable($0) }
    }

    /// Rejects all that wait for some models. All of a model get one answer: whenever they come back, its queue is empty.
    private mutating func rejectWaiters(_ actions: inout Actions, of isMeant: (ModelIndex) -> Bool) {
        var rejections: [ModelIndex: Rejection] = [:]
        let waiting = self.requests.live.filter {
            self.requests.nodes[$0].links.isLinked && isMeant(self.requests.entries[$0].model)
        }
        for request in waiting.sorted(by: { self.requests.nodes[$0].sequence < self.requests.nodes[$1].sequence }) {
            let model = self.requests.entries[request].model
            let rejection = rejections[model] ?? self.rejection(model)
            rejections[model] = rejection
            self.models[model].count(self.requests.ticket(of: request), .rejected, now: self.now)
            if let waiter = self.leave(request, &actions) { actions.answer(waiter, .reject(rejection)) }
        }
    }

    mutating func resetTotals(_ model: ModelIndex) {
        self.models[model].resetTotals(now: self.now, sequence: self.requests.nextSequence)
    }

    // MARK: - Readings

    /// The backend for a request that takes no slot.
    var backendForPassThrough: BackendIndex { self.fleet.slots.forPassThrough }

    /// The backend for a request that takes no slot and names a model: the first usable one that has it installed, else the first of
    /// which that is not known, else as for any.
    func backend(having name: ModelName) -> BackendIndex {
        let usable = self.fleet.slots.usable
        return usable.first { self.fleet.backends[Int($0.row)].installed?[name] != nil }
            ?? usable.first { self.fleet.backends[Int($0.row)].installed == nil } ?? self.backendForPassThrough
    }

    /// The backends that may be asked.
    var usableBackends: [BackendIndex] { self.fleet.slots.usable }

    /// Active requests of all models.
    var activeCount: Int { self.fleet.slots.totalActive }

    /// A reading of everything but the models.
    func summary(now: Instant) -> AdmissionSummary {
        AdmissionSummary(
            defaults: self.models.defaults,
            fairnessBy: self.models.policy.isFair ? self.models.policy.fairnessBy : nil,
            modelCount: self.models.all.count,
            backends: self.fleet.slots.snapshots,
            fleet: FleetSnapshot(self.fleet, now: max(now, self.now)),
            isDraining: self.isDraining
        )
    }

    /// A reading of everything, with the models in no order: sorting them is not work for under a lock.
    func snapshot(now: Instant) -> AdmissionSnapshot {
        let now = max(now, self.now)
        var models: [ModelSnapshot] = []
        models.reserveCapacity(self.models.all.count)
        for model in self.models.all { models.append(self.snapshot(of: model, now: now)) }
        return AdmissionSnapshot(
            summary: self.summary(now: now),
            models: models,
            unknown: self.models.unknown,
            unknownBaseline: self.models.unknownBaseline,
            unknownWindow: self.models.unknownRecent,
            slice: RecentWindow.slice(of: now)
        )
    }

    /// A reading of one model; `nil` if it has no entry.
    func snapshot(of name: ModelName, now: Instant) -> ModelSnapshot? {
        self.models.index(of: name).map { self.snapshot(of: $0, now: max(now, self.now)) }
    }

    // Field by field, where it lies: a copy of the queue would count references to all that it holds.
    func snapshot(of model: ModelIndex, now: Instant) -> ModelSnapshot {
        let (limits, queued) = (self.models[model].limits, self.fleet[model].waitingCount)
        return ModelSnapshot(
            name: self.models[model].name,
            limits: limits,
            active: self.fleet.slots.active(of: model),
            queued: queued,
            queuedBatch: self.fleet[model].waiting.batch,
            oldestBatch: self.oldestBatch(of: model).map { now - $0 },
            activeBatch: self.fleet.slots.activeBatch(of: model),
            waitingForSwap: self.waitingForSwap(model),
            swaps: self.fleet[model].swaps,
            clients: self.fleet[model].runners.reduce(0) { $0 + self.fleet[$1].waiters.clientCount },
            availableSlots: self.fleet.slots.available(for: model) { self.fleet.limit(of: model, on: $0) },
            queueAvailable: max(0, limits.queue - queued),
            lifetime: self.models[model].lifetime,
            baseline: self.models[model].baseline,
            isKnown: self.models[model].isKnown,
            window: self.models[model].recent,
            slice: RecentWindow.slice(of: now),
            uptime: self.models[model].since.duration(to: now),
            estimateErrorP50: self.models[model].times.estimateError.quantileOfAny(50).map { .nanoseconds($0) },
            estimateErrorP90: self.models[model].times.estimateError.quantileOfAny(90).map { .nanoseconds($0) }
        )
    }

    private func oldestBatch(of model: ModelIndex) -> Instant? {
        guard self.fleet[model].waiting.batch > 0 else { return nil }
        return self.fleet[model].runners.compactMap { self.fleet[$0].waiters.oldestBatch(in: self.requests) }.min()
    }

    /// How many requests of a model wait because nothing that could serve them is loaded.
    private func waitingForSwap(_ model: ModelIndex) -> Int {
        guard self.fleet.policy.isOn, self.fleet[model].waitingCount > 0 else { return 0 }
        return self.fleet[model].runners.reduce(0) {
            let count = self.fleet[$1].waiters.count
            return count > 0 && self.fleet.needsLoad($1) ? $0 + count : $0
        }
    }

    /// The names of all models that have an entry, in no order.
    var modelNames: [ModelName] { self.models.all.map { self.models[$0].name } }

    /// Readings of all live requests: the active ones in order of their start, then those that wait for each model, the next one first.
    ///
    /// Not for under a lock: call it on a copy.
    ///
    /// - Parameters:
    ///   - name: The model whose requests are told of; `nil` for all.
    ///   - progress: What a request does just now. Defaults to nothing known.
    func requestSnapshots(
        of name: ModelName? = nil,
        now: Instant,
        progress: (Payload) -> LiveProgress? = { _ in nil }
    ) -> [RequestSnapshot] {
        let now = max(now, self.now)
        let one = name.map { self.models.index(of: $0) }
        if case .some(nil) = one { return [] }
        let model = one.flatMap { $0 }
        let active = self.requests.live.filter {
            !self.requests.nodes[$0].links.isLinked && (model == nil || self.requests.entries[$0].model == model)
        }.sorted { self.requests.entries[$0].started < self.requests.entries[$1].started }
        var readings = active.map { self.reading(of: $0, now: now, progress) }
        let outlook = FleetOutlook(self.fleet, in: self.requests, now: now)
        // To take the waiters out of one after the other.
        var requests = self.requests
        for model in model.map({ [$0] }) ?? self.models.inNameOrder {
            let order = outlook.order(of: model, in: &requests)
            var reasons: [RunnerIndex: WaitReason] = [:]
            var positions: [RunnerIndex: Int] = [:]
            var ranks: [RunnerIndex: Int] = [:]
            for (index, request) in order.enumerated() {
                let runner = self.requests.entries[request].runner
                positions[runner, default: 0] += 1
                if let reason = self.blockade(of: request) {
                    let waiting = WaitingRequest(position: index + 1, reason: reason, estimatedStart: nil)
                    readings.append(self.reading(of: request, waiting, now: now, progress))
                    continue
                }
                let reason = reasons[runner] ?? outlook.reason(of: runner)
                reasons[runner] = reason
                let start = self.estimatedWait(of: runner, position: positions[runner] ?? 1, outlook, now: now)
                var waiting = WaitingRequest(position: index + 1, reason: reason, estimatedStart: start)
                if let start, self.requests.entries[request].requestClass == .batch {
                    ranks[runner, default: 0] += 1
                    let latest = self.latestWait(of: runner, position: ranks[runner] ?? 1, outlook, now: now)
                    waiting.latestStart = latest.map { max(start, $0) }
                }
                readings.append(self.reading(of: request, waiting, now: now, progress))
            }
        }
        return readings
    }

    /// Reads the requests in a part of all requests that hold a slot.
    ///
    /// - Parameters:
    ///   - first: where the part begins.
    ///   - now: the time.
    ///   - active: gets the readings.
    ///   - progress: what a request does.
    /// - Returns: where the next part begins; nil if there is none.
    func activeRequests(
        from first: RequestIndex,
        now: Instant,
        _ active: inout [RequestSnapshot],
        progress: (Payload) -> LiveProgress?
    ) -> RequestIndex? {
        let now = max(now, self.now)
        let (part, next) = self.requests.part(from: first)
        for request in part where !self.requests.nodes[request].links.isLinked {
            active.append(self.reading(of: request, now: now, progress))
        }
        return next
    }

    private func reading(
        of request: RequestIndex,
        _ waiting: WaitingRequest? = nil,
        now: Instant,
        _ progress: (Payload) -> LiveProgress?
    ) -> RequestSnapshot {
        let entry = self.requests.entries[request]
        let isActive = waiting == nil
        let progress = entry.waiter.flatMap(progress)
        let stall = progress.flatMap { progress in
            isActive ? Stall.find(progress, started: entry.started, isStream: entry.expectsStream, now: now) : nil
        }
        return RequestSnapshot(
            ticket: self.requests.ticket(of: request),
            id: entry.id,
            model: self.models[entry.model].name,
            client: self.fleet[entry.runner].waiters.client(entry.client).name,
            requestClass: entry.requestClass,
            position: waiting?.position ?? 0,
            isPlaceOwn: self.isFollowed,
            waited: entry.arrived.duration(to: isActive ? entry.started : now),
            estimatedStart: waiting?.estimatedStart,
            latestStart: waiting?.latestStart,
            waitsFor: waiting?.reason,
            backend: isActive ? entry.backend : nil,
            processing: isActive ? entry.started.duration(to: now) : nil,
            deadline: entry.deadline == .distantFuture || progress?.lastChunk != nil
                ? nil : now.duration(to: entry.deadline),
            progress: progress,
            sinceLastChunk: progress?.lastChunk.map { max(.zero, now - $0) },
            stall: stall?.stall,
            stalled: stall?.length
        )
    }

    /// Looks for live requests by id in a part of all requests, and notes the ticket of the one of each id that came last.
    ///
    /// In parts, as ids are not worth a table that each request pays for, and all at once would be long under a lock.
    ///
    /// - Returns: Where the next part begins; `nil` at the end.
    func find(_ ids: Set<String>, from first: RequestIndex, _ found: inout [String: Ticket]) -> RequestIndex? {
        self.requests.find(ids, from: first, &found)
    }

    /// Lists the live requests in one part of the table, as ``find(_:from:_:)`` looks through it.
    ///
    /// - Returns: Where the next part begins; `nil` at the end.
    func liveRequests(from first: RequestIndex, _ live: inout [LiveRequest]) -> RequestIndex? {
        let (part, next) = self.requests.part(from: first)
        for request in part {
            let runner = self.requests.entries[request].runner
            live.append(
                LiveRequest(
                    client: self.fleet[runner].waiters.client(self.requests.entries[request].client),
                    model: self.models[self.requests.entries[request].model].name,
                    requestClass: self.requests.entries[request].requestClass,
                    arrived: self.requests.entries[request].arrived,
                    started: self.requests.nodes[request].links.isLinked ? nil : self.requests.entries[request].started
                )
            )
        }
        return next
    }

    /// The reading of a live request; `nil` if it has ended.
    ///
    /// What it costs is bounded however many wait.
    func requestSnapshot(
        of ticket: Ticket,
        now: Instant,
        progress: (Payload) -> LiveProgress? = { _ in nil }
    ) -> RequestSnapshot? {
        let now = max(now, self.now)
        if let request = self.requests.activeIndex(of: ticket) {
            return self.reading(of: request, now: now, progress)
        }
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        return self.waiting(ticket, now: now).map { self.reading(of: request, $0, now: now, progress) }
    }

    /// What a queued request waits for; `nil` if it is not queued any more.
    ///
    /// It changes nothing, but is mutating: a fleet that is only read would be copied first.
    mutating func waitReason(of ticket: Ticket, now: Instant) -> WaitReason.Kind? {
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        if let reason = self.blockade(of: request) { return reason.kind }
        let runner = self.requests.entries[request].runner
        if self.waitsForSlot(runner) { return .slot }
        return FleetOutlook(self.fleet, in: self.requests, now: max(now, self.now)).reason(of: runner).kind
    }

    /// Whether the waiters of a runner can only wait for a slot. Each request that has to wait asks, and nearly always it is so: a look
    /// ahead takes thirty times as long.
    private mutating func waitsForSlot(_ runner: RunnerIndex) -> Bool {
        for backend in self.fleet.backends.indices where self.fleet.backends[backend].isLoading { return false }
        guard self.fleet.isSettled() else { return false }
        guard self.fleet.hasBreakers else { return true }
        let model = self.fleet[runner].model
        return self.fleet.slots.containsUsable {
            self.fleet.mayRun(model, on: $0) && self.fleet.use(of: model, on: $0) != .none
        }
    }

    /// Why a queued request may not start whatever is free; `nil` if it may.
    @inline(__always)
    private func blockade(of request: RequestIndex) -> WaitReason? {
        self.fleet.quotas.blockade(self.requests.entries[request].quota)
    }

    /// Where a queued request is, what it waits for and for how long; `nil` if it is not queued any more.
    func waiting(_ ticket: Ticket, now: Instant) -> WaitingRequest? {
        guard let position = self.position(of: ticket), let request = self.requests.queuedIndex(of: ticket) else {
            return nil
        }
        if let reason = self.blockade(of: request) {
            return WaitingRequest(position: position, reason: reason, estimatedStart: nil)
        }
        let runner = self.requests.entries[request].runner
        let outlook = FleetOutlook(self.fleet, in: self.requests, now: max(now, self.now))
        let start = self.estimatedWait(of: runner, position: position, outlook, now: max(now, self.now))
        var waiting = WaitingRequest(position: position, reason: outlook.reason(of: runner), estimatedStart: start)
        if let start, self.requests.entries[request].requestClass == .batch {
            let typical = self.fleet.charge(of: self.fleet[runner].model)
            let rank = self.fleet[runner].waiters.positionInClass(of: request, typical: typical, in: self.requests)
            let latest = self.latestWait(of: runner, position: rank, outlook, now: max(now, self.now))
            waiting.latestStart = latest.map { max(start, $0) }
        }
        return waiting
    }

    /// The position of a queued request in the order in which its model's waiters would start, about.
    func position(of ticket: Ticket) -> Int? {
        guard let request = self.requests.queuedIndex(of: ticket) else { return nil }
        let runner = self.requests.entries[request].runner
        let typical = self.fleet.charge(of: self.fleet[runner].model)
        return self.fleet[runner].waiters.position(of: request, typical: typical, in: self.requests)
    }

    /// Where a queued request is in the queue, and how fast that moves.
    func standing(of request: RequestIndex) -> QueueStanding {
        let runner = self.requests.entries[request].runner
        let model = self.fleet[runner].model
        let typical = self.fleet.charge(of: model)
        let position = self.fleet[runner].waiters.position(of: request, typical: typical, in: self.requests)
        let pace = self.models[model].times.pace.mean.map { Nanoseconds($0) / max(1, self.slots(of: model)) }
        return QueueStanding(inFront: max(0, position - 1), pace: pace, isOwn: self.isFollowed)
    }

    // MARK: - Estimates

    /// How many slots a model has on the usable backends.
    @inline(__always)
    func slots(of model: ModelIndex) -> Int {
        self.fleet.slots.slots { self.fleet.limit(of: model, on: $0) }
    }

    /// How long a waiter of a runner will wait, about, if other models are in front or its own is being loaded, too.
    ///
    /// - Parameter position: Its position among the waiters of the runner.
    func estimatedWait(
        of runner: RunnerIndex,
        position: Int,
        _ outlook: FleetOutlook<Payload>,
        now: Instant
    ) -> Nanoseconds? {
        let model = self.fleet[runner].model
        guard let delay = outlook.delay(of: runner) else {
            return self.estimatedWait(of: model, position: position, now: now)
        }
        if position <= delay.free { return Nanoseconds(delay.wait) }
        let pace = self.models[model].times.pace
        return pace.estimatedWait(position: position - delay.free, slots: delay.slots, elapsed: 0).map {
            Nanoseconds(delay.wait) + Nanoseconds(delay.load) + Nanoseconds($0)
        }
    }

    /// How long a waiter at a position will wait, about; `nil` if there is too little to go by.
    @inline(__always)
    func estimatedWait(of model: ModelIndex, position: Int, now: Instant) -> Nanoseconds? {
        let active = self.fleet.slots.active(of: model)
        let held = Int64(active) &* now.nanoseconds &- self.models[model].startedSum
        return self.models[model].times.pace.estimatedWait(
            position: position,
            slots: self.slots(of: model),
            elapsed: active == 0 ? 0 : max(0, Double(held) / Double(active))
        ).map { .nanoseconds($0) }
    }

    /// How long a batch waiter will wait at most, about, if interactive requests go on to take all that they may; `nil` if it would never
    /// start then.
    ///
    /// - Parameter position: Its position among the batch waiters of the runner.
    private func latestWait(
        of runner: RunnerIndex,
        position: Int,
        _ outlook: FleetOutlook<Payload>,
        now: Instant
    ) -> Nanoseconds? {
        let typical = Double(self.fleet.charge(of: self.fleet[runner].model))
        let latest = self.fleet[runner].waiters.latestPosition(position, typical: typical)
        return latest.flatMap { self.estimatedWait(of: runner, position: $0, outlook, now: now) }
    }

    /// When a newcomer that has to wait has its first byte at the earliest, from now, in nanoseconds; `nil` if that is not known.
    mutating func leastFirstByte(_ request: ArrivingRequest, of model: ModelIndex, position: Int) -> Int64? {
        // Who leads knows the queue.
        guard !self.isLed,
            let wait = self.models[model].times.pace.leastWait(position: position, slots: self.slots(of: model)),
            let firstByte = self.models[model].times.firstByte(isStream: request.expectsStream, percent: 10)
        else { return nil }
        return wait + firstByte
    }

    /// The time in nanoseconds from the slot to the first byte that a share of such requests is below.
    mutating func firstByte(of request: RequestIndex, percent: Int) -> Int64? {
        let (model, isStream) = (self.requests.entries[request].model, self.requests.entries[request].expectsStream)
        return self.models[model].times.firstByte(isStream: isStream, percent: percent)
    }

    /// The time in nanoseconds that a share of first bytes is below, if that is behind the deadline that the client stated.
    mutating func hopelessFirstByte(of request: RequestIndex, percent: Int) -> Int64? {
        guard self.requests.entries[request].isDeadlineStated, !self.isLed,
            let firstByte = self.firstByte(of: request, percent: percent),
            self.now + .nanoseconds(firstByte) > self.requests.entries[request].deadline
        else { return nil }
        return firstByte
    }

    // MARK: - Rejections

    /// Counts an arrival as rejected.
    ///
    /// - Parameter why: The reason. Defaults to the usual one.
    mutating func reject(_ model: ModelIndex, _ why: Rejection? = nil) -> Rejection {
        self.models[model].countArrival(that: .rejected, now: self.now)
        defer { self.releaseIfIdle(model) }
        return why ?? self.rejection(model)
    }

    /// Ends a request that has left its queue because it cannot have its first byte in time.
    ///
    /// - Returns: What its waiter is to be told.
    mutating func giveUp(_ request: RequestIndex, firstByte: Int64, _ actions: inout Actions) -> Rejection {
        if self.isFollowed { actions.left(self.requests.ticket(of: request)) }
        let (model, runner) = (self.requests.entries[request].model, self.requests.entries[request].runner)
        let deadline = self.requests.entries[request].deadline
        self.models[model].count(self.requests.ticket(of: request), .wouldTimeOut, now: self.now)
        self.forget(request)
        defer { self.waiterLeft(runner) }
        return self.wouldTimeOut(model, firstByte: firstByte, deadline: deadline)
    }

    /// A waiter makes room for a newcomer.
    mutating func giveWay(_ request: RequestIndex, _ rejection: Rejection, _ actions: inout Actions) {
        let model = self.requests.entries[request].model
        self.models[model].count(self.requests.ticket(of: request), .rejected, now: self.now)
        if let waiter = self.leave(request, &actions) { actions.answer(waiter, .reject(rejection)) }
    }

    func wouldTimeOut(_ model: ModelIndex, firstByte: Int64, deadline: Instant) -> Rejection {
        .wouldTimeOut(
            firstByte: .nanoseconds(firstByte),
            left: max(.zero, self.now.duration(to: deadline)),
            retryAfter: self.retryAfter(model)
        )
    }

    func rejection(_ model: ModelIndex) -> Rejection {
        let retryAfter = self.retryAfter(model)
        if self.isDraining { return .shuttingDown(retryAfter: retryAfter) }
        if !self.fleet.isServable(model) { return .noBackend(retryAfter: retryAfter) }
        let waiting = self.toldWaits[self.models[model].name]?.waiting ?? self.fleet[model].waitingCount
        return .queueFull(waiting: waiting, retryAfter: retryAfter)
    }

    func retryAfter(_ model: ModelIndex) -> Int {
        if let told = self.toldWaits[self.models[model].name] { return told.retryAfter }
        return RetryEstimate.seconds(
            queued: self.fleet[model].waitingCount,
            averageProcessing: self.models[model].averageProcessing,
            slots: self.slots(of: model),
            untilLoaded: self.timeUntilLoaded(model)
        )
    }

    /// How long it takes until a model is loaded that is loaded nowhere, about.
    private func timeUntilLoaded(_ model: ModelIndex) -> Nanoseconds {
        let cold = self.fleet[model].runners.first {
            self.fleet[$0].waiters.count > 0 && self.fleet.needsLoad($0)
        }
        guard self.fleet.policy.isOn, let cold else { return .zero }
        let delay = FleetOutlook(self.fleet, in: self.requests, now: self.now).delay(of: cold)
        return delay.map { Nanoseconds($0.wait) + Nanoseconds($0.load) } ?? .zero
    }
}
