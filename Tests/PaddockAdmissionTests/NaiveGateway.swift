// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting

@testable import PaddockAdmission

/// What the contract says, written down as directly as possible: a list of requests that is searched again for each answer.
///
/// It shares nothing with the admission machine but the names of things, and is far too slow for anything but a test.
struct NaiveGateway {
    struct Request {
        let id: Int
        let model: ModelName
        let client: String
        let requestClass: RequestClass
        let streams: Bool
        let arrived: Instant
        let deadline: Instant
        let isStated: Bool
        var started: Instant?
        var backend: BackendIndex?
        /// When it is looked after next, while it waits.
        var look = Instant.distantFuture
        /// The start that the machine estimated; dropped once it has started.
        var estimated: Instant?
        /// What it was charged, in nanoseconds, and how much of that batch had earned.
        var charged: Int64 = 0
        var paid = 0.0
        /// Whether its slot is what batch of its own model has earned.
        var isByOwnShare = false
        /// Whether it arrived since the last reset of its model.
        var counts = true
    }

    struct Model {
        var limits: Limits
        /// Whether it was idle when it was last looked at, and nothing has used it since.
        var isSettled = false
        /// The configured limits, and an operator's changes since.
        var configured = LimitOverrides()
        var chosen = LimitOverrides()
        var isNamed: Bool
        var since: Instant
        var wasNotFound = false
        var wasFound = false
        var counters = Counters()
        var recent = NaiveRecent()
        var shares: NaiveShares
        var times = NaiveTimes()
        /// How many tokens a request uses.
        var tokens: Double?
    }

    struct Counters: Equatable {
        var requests = 0
        var completed = 0
        var errorReplies = 0
        /// By backend and the first digit of their status.
        var replies: [BackendIndex: [Int: Int]] = [:]
        var rejected = 0
        var failed = 0
        var timedOut = 0
        var cancelled = 0
        var wouldTimeOut = 0
        var answered = 0
        var bytes = 0
        var chunks = 0
        var started = 0
        var waitTime = Duration.zero
        var processingTime = Duration.zero
        var firstByteNanoseconds: Int64 = 0
    }

    private(set) var policy: AdmissionPolicy
    private(set) var defaults: Limits
    let unnamedLimit: Int
    /// How many requests have started, and the number of the last one on each backend.
    private var starts = 0
    private var lastStarts: [Int] = []
    /// How many requests of all models may be active on a backend, by its index.
    let slots: [BackendIndex: Int]
    /// What batch has earned on such backends, and whether a model waits there with nothing but batch.
    private var sharedCredit = 0.0
    private var batchWaitsAlone = false
    /// All that are queued or active, in order of arrival.
    private(set) var live: [Request] = []
    private(set) var models: [ModelName: Model] = [:]
    private(set) var healthy: [Bool]
    private(set) var isDraining = false
    /// What operators have ordered of clients.
    private(set) var orders: [String: ClientOrder] = [:]
    /// Those that may not start while it is worked out who would be next.
    private var frozen: Set<String>?
    /// Unnamed models in the order in which they last fell idle.
    private var fellIdle: [ModelName] = []
    private var now: Instant
    /// The slot time that went by of late, and the tokens that it was for.
    private var paidTime = 2e9
    private var paidTokens = 100.0
    /// The place of the request that arrived last and found no free slot.
    private(set) var lastPlace = 0

    init(
        defaults: Limits,
        policy: AdmissionPolicy,
        named: [ModelName: LimitOverrides],
        backends: Int,
        slots: [BackendIndex: Int],
        unnamedLimit: Int,
        now: Instant
    ) {
        self.slots = slots
        self.policy = policy
        self.defaults = defaults
        self.unnamedLimit = unnamedLimit
        self.healthy = Array(repeating: true, count: backends)
        self.lastStarts = Array(repeating: 0, count: backends)
        self.now = now
        for (name, overrides) in named {
            let limits = Limits(
                parallel: overrides.parallel ?? defaults.parallel,
                queue: overrides.queue ?? defaults.queue
            )
            self.models[name] = Model(
                limits: limits,
                configured: overrides,
                isNamed: true,
                since: now,
                shares: NaiveShares(policy: policy)
            )
        }
    }

    // MARK: - Questions

    var usable: [BackendIndex] {
        let healthy = self.healthy.indices.filter { self.healthy[$0] }
        return (healthy.isEmpty ? Array(self.healthy.indices) : healthy).map { BackendIndex($0) }
    }

    func active(on backend: BackendIndex) -> Int { self.live.count { $0.backend == backend } }

    func active(_ model: ModelName, on backend: BackendIndex) -> Int {
        self.live.count { $0.backend == backend && $0.model == model }
    }

    func queued(_ model: ModelName) -> Int { self.live.count { $0.backend == nil && $0.model == model } }

    func available(_ model: ModelName) -> Int {
        let limit = self.models[model]?.limits.parallel ?? 0
        return self.usable.map {
            max(0, min(limit - self.active(model, on: $0), (self.slots[$0] ?? .max) - self.active(on: $0)))
        }.reduce(0, +)
    }

    /// How many slots a model has if no other holds any.
    private func slots(of model: ModelName) -> Int {
        let limit = self.models[model]?.limits.parallel ?? 0
        return self.usable.map { min(limit, self.slots[$0] ?? .max) }.reduce(0, +)
    }

    private func isBusy(_ model: ModelName) -> Bool { self.live.contains { $0.model == model } }

    func waiting(_ model: ModelName, _ requestClass: RequestClass? = nil) -> [Request] {
        self.live.filter {
            $0.model == model && $0.backend == nil && (requestClass == nil || $0.requestClass == requestClass)
        }
    }

    /// Whether no request of a client may start.
    func isHeld(_ client: String) -> Bool {
        if let frozen = self.frozen { return frozen.contains(client) }
        guard let order = self.orders[client] else { return false }
        return order.isPaused || self.live.count { $0.client == client && $0.backend != nil } >= order.parallel ?? .max
    }

    /// Those that wait and may start.
    func eligible(_ model: ModelName, _ requestClass: RequestClass? = nil) -> [Request] {
        self.waiting(model, requestClass).filter { !self.isHeld($0.client) }
    }

    func activeBatch(_ model: ModelName, on backend: BackendIndex) -> Int {
        self.live.count { $0.backend == backend && $0.model == model && $0.requestClass == .batch }
    }

    func backend(for model: ModelName, _ requestClass: RequestClass) -> BackendIndex? {
        let limit = self.models[model]?.limits.parallel ?? 0
        let free = self.usable.filter {
            self.active(model, on: $0) < limit && self.active(on: $0) < self.slots[$0] ?? .max
                && (requestClass == .interactive || self.activeBatch(model, on: $0) < self.policy.batchSlots ?? .max)
        }
        return free.min { left, right in
            (self.active(on: left), self.lastStarts[left.value], left)
                < (self.active(on: right), self.lastStarts[right.value], right)
        }
    }

    private func rejection(_ model: ModelName) -> Rejection {
        guard let entry = self.models[model] else { return .queueFull(waiting: 0, retryAfter: 0) }
        let slots = self.slots(of: model)
        let measured = entry.counters.completed - entry.counters.errorReplies
        let average = measured == 0 ? .zero : entry.counters.processingTime / measured
        let seconds = (average * (self.queued(model) + 1)) / .seconds(slots)
        let retryAfter = Int(min(60, max(1, seconds.rounded(.up))))
        if self.isDraining { return .shuttingDown(retryAfter: retryAfter) }
        return .queueFull(waiting: self.queued(model), retryAfter: retryAfter)
    }

    // MARK: - Events

    /// Lets time pass: what is due times out or is given up, and what outruns its charge is charged as much again.
    mutating func advance(to now: Instant) -> [Gate.Heard] {
        self.now = now
        var heard: [Gate.Heard] = []
        while let next = self.live.filter({ $0.backend == nil && $0.look <= now }).min(by: { $0.look < $1.look }) {
            if next.deadline <= now {
                if next.counts { self.models[next.model]?.counters.timedOut += 1 }
                self.note(.ended(.timedOut), next.model)
                self.leaveQueue(next.id)
                heard.append(.timeOut(next.id, waited: now - next.arrived))
            } else if let firstByte = self.hopelessFirstByte(of: next, percent: 10) {
                heard.append(self.giveUp(next, firstByte: firstByte))
            } else {
                self.watch(next.id)
            }
        }
        /// When an active request outruns what it was charged.
        func outruns(_ request: Request) -> Instant? { request.started.map { $0 + .nanoseconds(request.charged + 1) } }
        while let next = self.live.filter({ outruns($0) ?? .distantFuture <= now }).min(by: {
            (outruns($0) ?? now, $0.id) < (outruns($1) ?? now, $1.id)
        }) {
            self.charge(next.id, more: next.charged)
        }
        return heard
    }

    /// - Parameter promised: The wait that the machine has estimated, if it has.
    mutating func arrive(_ arriving: ArrivingRequest, _ id: Int, promised: Nanoseconds?) -> (
        Gate.Expected, [Gate.Heard]
    ) {
        let (model, requestClass) = (arriving.model, arriving.requestClass)
        self.use(model)
        self.models[model]?.counters.requests += 1
        self.note(.arrived, model)
        if self.isDraining { return (.rejected(self.rejectArrival(model)), []) }
        let name = arriving.client.name
        let own = self.waiting(model).filter { $0.client == name }
        self.models[model]?.shares.come(
            arriving.client,
            waits: { requestClass in own.contains { $0.requestClass == requestClass } },
            now: self.now
        )
        var request = Request(
            id: id,
            model: model,
            client: name,
            requestClass: requestClass,
            streams: arriving.expectsStream,
            arrived: self.now,
            deadline: arriving.deadline,
            isStated: arriving.isDeadlineStated
        )
        if !self.isHeld(name), let backend = self.backend(for: model, requestClass) {
            self.live.append(request)
            self.start(id, on: backend)
            return (.start(backend: backend), [])
        }
        self.lastPlace = self.place(of: request)
        if let firstByte = self.leastFirstByte(request), self.now + firstByte > request.deadline {
            self.models[model]?.counters.wouldTimeOut += 1
            self.note(.ended(.wouldTimeOut), model)
            let rejection = self.wouldTimeOut(request, firstByte: firstByte)
            self.settle(model, name)
            self.fallIdle(model)
            return (.rejected(rejection), [])
        }
        var heard: [Gate.Heard] = []
        var victim: Request?
        if self.queued(model) >= self.models[model]?.limits.queue ?? 0 {
            victim = self.victim(for: request, weight: arriving.client.weight)
            guard let victim else {
                defer { self.settle(model, name) }
                return (.rejected(self.rejectArrival(model)), [])
            }
            heard.append(.reject(victim.id, self.rejection(model)))
            if victim.counts { self.models[model]?.counters.rejected += 1 }
            self.note(.ended(.rejected), model)
        }
        if requestClass == .batch, self.eligible(model, .batch).isEmpty { self.models[model]?.shares.batchComes() }
        request.estimated = promised.map { self.now + $0 }
        self.live.append(request)
        self.noteTurns()
        self.watch(id)
        if let victim { self.leaveQueue(victim.id) }
        return (.queued, heard)
    }

    /// The newest waiter of the client that holds most for its weight, if one more place is within the newcomer's share.
    private func victim(for newcomer: Request, weight: Double) -> Request? {
        guard let model = self.models[newcomer.model], model.limits.queue > 0 else { return nil }
        let waiting = self.waiting(newcomer.model)
        // The newest batch one, if there is one.
        func newest(_ requests: [Request]) -> Request? {
            requests.last { $0.requestClass == .batch }
                ?? (newcomer.requestClass == .batch ? nil : requests.last)
        }
        guard self.policy.isFair else {
            return newcomer.requestClass == .batch ? nil : waiting.last { $0.requestClass == .batch }
        }
        var holders = Dictionary(grouping: waiting, by: \.client)
        let own = holders[newcomer.client] ?? []
        holders[newcomer.client] = own
        func weight(_ name: String) -> Double { model.shares.known[name]?.client.weight ?? 0 }
        func share(_ name: String) -> Double {
            Double(model.limits.queue) * weight(name) / holders.keys.map(weight).reduce(0, +)
        }
        let candidates = holders.filter { newest($0.value) != nil }
        let most = candidates.max {
            func holding(_ name: String, _ requests: [Request]) -> (Double, Int) {
                let counted = requests.filter { newcomer.requestClass == .interactive || $0.requestClass == .batch }
                return (Double(counted.count) / weight(name), newest(requests)?.id ?? 0)
            }
            return holding($0.key, $0.value) < holding($1.key, $1.value)
        }
        // Rounding aside.
        if let most, Double(own.count + 1) <= share(newcomer.client) * (1 + 1e-9), most.key != newcomer.client,
            Double(most.value.count) > share(most.key) * (1 + 1e-9)
        {
            return newest(most.value)
        }
        return newcomer.requestClass == .batch ? nil : own.last { $0.requestClass == .batch }
    }

    mutating func rejectForMemory(_ model: ModelName) -> Rejection {
        self.use(model)
        self.models[model]?.counters.requests += 1
        self.note(.arrived, model)
        return self.rejectArrival(model)
    }

    mutating func cancel(_ id: Int) -> Bool {
        guard let request = self.live.first(where: { $0.id == id && $0.backend == nil }) else { return false }
        if request.counts { self.models[request.model]?.counters.cancelled += 1 }
        self.note(.ended(.cancelled), request.model)
        self.leaveQueue(id)
        return true
    }

    /// An operator cancels a request.
    mutating func cancelByName(_ id: Int) -> [Gate.Heard] {
        guard let request = self.live.first(where: { $0.id == id }) else { return [] }
        if request.backend != nil { return [.cancel(id)] }
        return self.cancel(id) ? [.reject(id, .cancelledByAdmin)] : []
    }

    mutating func report(_ id: Int, bytes: Int, chunks: Int) {
        guard let request = self.live.first(where: { $0.id == id }), request.counts else { return }
        self.models[request.model]?.counters.bytes += bytes
        self.models[request.model]?.counters.chunks += chunks
    }

    /// - Parameters:
    ///   - status: The status of a reply that began although the request did not complete; 0 if none did.
    ///   - tokens: What it has used; nil if that is not known.
    mutating func finish(
        _ id: Int,
        _ outcome: Outcome,
        behind status: Int,
        firstByte: Nanoseconds?,
        isStream: Bool,
        tokens: TokenCounts?
    ) -> [Gate.Heard] {
        let known = tokens.flatMap { $0.total > 0 ? Double($0.total) : nil }
        if let request = self.live.first(where: { $0.id == id }), let backend = request.backend {
            let status = outcome.status > 0 ? outcome.status : status
            if status > 0 { self.note(.replied(status: status), request.model) }
            if let tokens { self.note(.tokens(tokens.prompt, tokens.answer), request.model) }
            if status > 0, request.counts {
                self.models[request.model]?.counters.replies[backend, default: [:]][status / 100, default: 0] += 1
            }
        }
        guard let model = self.end(id, outcome, firstByte: firstByte, isStream: isStream, tokens: known) else {
            return []
        }
        // Its client may be allowed to start something of another model now.
        let heard = self.orders.isEmpty ? self.startWaiters(of: model) : self.startAllWaiters()
        self.fallIdle(model)
        return heard
    }

    /// An operator orders something else of clients.
    mutating func obey(_ orders: [String: ClientOrder]) -> [Gate.Heard] {
        guard !self.isDraining else { return [] }
        let names = Set(self.live.map(\.client))
        let held = names.filter(self.isHeld)
        let batch = self.models.keys.filter { !self.eligible($0, .batch).isEmpty }
        self.orders = orders
        let freed = held.filter { !self.isHeld($0) }
        for model in self.models.keys {
            // Nothing is owed for the time in which they were not allowed to run.
            for client in freed where self.waiting(model).contains(where: { $0.client == client }) {
                self.models[model]?.shares.lift(client)
            }
            if !batch.contains(model), !self.eligible(model, .batch).isEmpty { self.models[model]?.shares.batchComes() }
        }
        self.noteTurns()
        return self.startAllWaiters()
    }

    mutating func backendUnreachable(_ id: Int) -> (answer: Gate.Expected, heard: [Gate.Heard]) {
        guard let index = self.live.firstIndex(where: { $0.id == id }), let failed = self.live[index].backend else {
            return (.noBackend, [])
        }
        let model = self.live[index].model
        self.healthy[failed.value] = false
        let answer: Gate.Expected
        if self.healthy.contains(true) {
            let request = self.live[index]
            if request.counts, let started = request.started {
                self.models[model]?.counters.started -= 1
                self.models[model]?.counters.waitTime -= Duration(started - request.arrived)
            }
            if let started = request.started {
                self.models[model]?.recent.takeBack(.waited((started - request.arrived).count), at: started)
            }
            self.charge(id, more: -request.charged)
            self.live[index].backend = nil
            self.live[index].started = nil
            if !self.isHeld(request.client), let backend = self.backend(for: model, request.requestClass) {
                self.start(id, on: backend)
                answer = .start(backend: backend)
            } else if self.isDraining {
                // It is not one of those that wait; the estimate does not count it among them.
                self.leave(id)
                answer = .rejected(self.rejection(model))
                if request.counts { self.models[model]?.counters.rejected += 1 }
                self.note(.ended(.rejected), model)
            } else {
                self.noteTurns()
                self.watch(id)
                answer = .queued
            }
        } else {
            _ = self.end(id, .failed, firstByte: nil, isStream: false)
            answer = .noBackend
        }
        let heard = self.startAllWaiters()
        self.fallIdle(model)
        return (answer, heard)
    }

    mutating func update(_ model: ModelName, parallel: Int?, queue: Int?) -> [Gate.Heard] {
        self.use(model)
        self.models[model]?.isNamed = true
        self.fellIdle.removeAll { $0 == model }
        if let limits = self.models[model]?.limits {
            self.models[model]?.limits = Limits(parallel: parallel ?? limits.parallel, queue: queue ?? limits.queue)
        }
        if let chosen = self.models[model]?.chosen {
            self.models[model]?.chosen = LimitOverrides(
                parallel: parallel ?? chosen.parallel,
                queue: queue ?? chosen.queue
            )
        }
        return self.startWaiters(of: model)
    }

    mutating func reconfigure(defaults: Limits, named: [ModelName: LimitOverrides]) -> [Gate.Heard] {
        self.defaults = defaults
        for name in named.keys {
            self.use(name)
            self.models[name]?.isNamed = true
            self.fellIdle.removeAll { $0 == name }
        }
        for name in self.models.keys.sorted() {
            guard var model = self.models[name] else { continue }
            let overrides = named[name] ?? LimitOverrides()
            if overrides.parallel != model.configured.parallel {
                model.chosen = LimitOverrides(parallel: nil, queue: model.chosen.queue)
            }
            if overrides.queue != model.configured.queue {
                model.chosen = LimitOverrides(parallel: model.chosen.parallel, queue: nil)
            }
            model.configured = overrides
            model.limits = Limits(
                parallel: model.chosen.parallel ?? overrides.parallel ?? defaults.parallel,
                queue: model.chosen.queue ?? overrides.queue ?? defaults.queue
            )
            self.models[name] = model
        }
        for name in self.models.keys.sorted() {
            guard let model = self.models[name], model.isNamed, named[name] == nil, model.chosen == LimitOverrides()
            else { continue }
            self.models[name]?.isNamed = false
            self.models[name]?.isSettled = false
            self.fallIdle(name)
        }
        return self.startAllWaiters()
    }

    mutating func reset(_ model: ModelName?) -> Bool {
        if let model, self.models[model] == nil { return false }
        for name in model.map({ [$0] }) ?? Array(self.models.keys) {
            self.models[name]?.counters = Counters()
            self.models[name]?.since = self.now
            for index in self.live.indices where self.live[index].model == name { self.live[index].counts = false }
        }
        return true
    }

    mutating func setBackend(_ backend: BackendIndex, healthy: Bool) -> [Gate.Heard] {
        self.healthy[backend.value] = healthy
        return self.startAllWaiters()
    }

    mutating func drain() -> [Gate.Heard] {
        self.isDraining = true
        var heard: [Gate.Heard] = []
        for model in self.models.keys.sorted() {
            let rejection = self.rejection(model)
            for request in self.waiting(model) {
                if request.counts { self.models[model]?.counters.rejected += 1 }
                self.note(.ended(.rejected), model)
                heard.append(.reject(request.id, rejection))
                self.leaveQueue(request.id)
            }
        }
        return heard
    }

    // MARK: - Steps

    private mutating func start(_ id: Int, on backend: BackendIndex) {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return }
        let request = self.live[index]
        let typical = self.typicalCost(request.model)
        self.live[index].backend = backend
        self.starts += 1
        self.lastStarts[backend.value] = self.starts
        self.live[index].started = self.now
        self.live[index].charged = typical
        let batchWaits = !self.eligible(request.model, .batch).isEmpty
        self.live[index].paid =
            self.models[request.model]?.shares.start(
                request.client,
                request.requestClass,
                charge: Double(typical),
                batchWaits: batchWaits
            ) ?? 0
        self.noteTurns()
        if self.slots[backend] != nil, !request.isByOwnShare {
            self.noteSharedStart(request.requestClass, charge: Double(typical))
        }
        self.note(.waited((self.now - request.arrived).count), request.model)
        guard self.live[index].counts else { return }
        self.models[self.live[index].model]?.counters.started += 1
        self.models[self.live[index].model]?.counters.waitTime += Duration(self.now - self.live[index].arrived)
    }

    private mutating func charge(_ id: Int, more: Int64) {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return }
        let request = self.live[index]
        self.live[index].charged += more
        let batchWaits = !self.eligible(request.model, .batch).isEmpty
        self.live[index].paid =
            self.models[request.model]?.shares.charge(
                request.client,
                request.requestClass,
                Double(more),
                paid: request.paid,
                batchWaits: batchWaits
            ) ?? 0
    }

    /// What a request is charged when it starts.
    private func typicalCost(_ name: ModelName) -> Int64 {
        guard let model = self.models[name] else { return 0 }
        guard self.policy.fairnessBy == .tokens, let tokens = model.tokens else { return model.times.typical }
        return max(1_000_000, Int64(min(1e17, tokens * (self.paidTime / self.paidTokens))))
    }

    /// What a request costs in all.
    private mutating func cost(of request: Request, _ tokens: Double?, in processing: Int64) -> Int64 {
        guard self.policy.fairnessBy == .tokens, let tokens else { return processing }
        let cost = Int64(min(1e17, tokens * (self.paidTime / self.paidTokens)))
        self.paidTime += Double(processing) - self.paidTime / 256
        self.paidTokens += tokens - self.paidTokens / 256
        let known = self.models[request.model]?.tokens ?? tokens
        self.models[request.model]?.tokens = known + (tokens - known) / 8
        return cost
    }

    private mutating func end(
        _ id: Int,
        _ outcome: Outcome,
        firstByte: Nanoseconds?,
        isStream: Bool,
        tokens: Double? = nil
    ) -> ModelName? {
        guard let request = self.live.first(where: { $0.id == id }), let started = request.started else { return nil }
        let processing = self.now.nanoseconds - started.nanoseconds
        if case .completed(let status) = outcome {
            if status == 404 {
                self.models[request.model]?.wasNotFound = true
            } else {
                self.models[request.model]?.wasFound = true
            }
            if status < 400 {
                self.models[request.model]?.times.processing.append(processing)
                if let firstByte {
                    self.models[request.model]?.times.firstBytes[isStream, default: []].append(
                        firstByte.count
                    )
                }
            }
        }
        self.note(.ended(outcome.ending), request.model)
        if let firstByte, !outcome.isErrorReply { self.note(.firstByte(firstByte.count), request.model) }
        self.charge(id, more: self.cost(of: request, tokens, in: processing) - request.charged)
        self.leave(id)
        guard request.counts, var counters = self.models[request.model]?.counters else { return request.model }
        var isError = false
        switch outcome {
        case .completed(let status):
            counters.completed += 1
            isError = status >= 400
            if isError { counters.errorReplies += 1 } else { counters.processingTime += .nanoseconds(processing) }
        case .failed: counters.failed += 1
        case .timedOut: counters.timedOut += 1
        case .cancelled: counters.cancelled += 1
        }
        if let firstByte, !isError {
            counters.answered += 1
            counters.firstByteNanoseconds += firstByte.count
        }
        self.models[request.model]?.counters = counters
        return request.model
    }

    /// Forgets a request that waited, and what has nothing left.
    private mutating func leaveQueue(_ id: Int) {
        guard let request = self.live.first(where: { $0.id == id }) else { return }
        self.leave(id)
        self.noteTurns()
        self.fallIdle(request.model)
    }

    /// Forgets a request, and then its client, if that has nothing left.
    private mutating func leave(_ id: Int) {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return }
        let request = self.live.remove(at: index)
        self.settle(request.model, request.client)
    }

    private mutating func settle(_ model: ModelName, _ client: String) {
        guard !self.live.contains(where: { $0.model == model && $0.client == client }) else { return }
        self.models[model]?.shares.fallIdle(client, now: self.now)
    }

    /// Checks a waiter at its deadline; if its client stated it, also at half of the remaining time.
    private mutating func watch(_ id: Int) {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return }
        let request = self.live[index]
        self.live[index].look = request.deadline
        guard request.isStated, request.deadline > self.now else { return }
        let firstByte = self.models[request.model]?.times.firstByte(10, isStream: request.streams) ?? 0
        let left = request.deadline.nanoseconds - self.now.nanoseconds - firstByte
        self.live[index].look = self.now + .nanoseconds(max(1, min(left, max(left / 2, 100_000_000))))
    }

    // MARK: - Estimates

    private func hopelessFirstByte(of request: Request, percent: Int) -> Nanoseconds? {
        guard request.isStated,
            let firstByte = self.models[request.model]?.times.firstByte(percent, isStream: request.streams),
            self.now + .nanoseconds(firstByte) > request.deadline
        else { return nil }
        return .nanoseconds(firstByte)
    }

    /// The place of a newcomer: those that would start before it, as if each request took what it is charged.
    func place(of newcomer: Request) -> Int {
        guard let model = self.models[newcomer.model] else { return 0 }
        let waiting = self.eligible(newcomer.model, newcomer.requestClass)
        let typical = Double(self.typicalCost(newcomer.model))
        let ahead = self.waiting(newcomer.model, newcomer.requestClass).count { $0.client == newcomer.client }
        var place = waiting.count { $0.client != newcomer.client } + ahead + 1
        if self.policy.isFair, let own = model.shares.known[newcomer.client] {
            let turn =
                model.shares.service(of: newcomer.client, newcomer.requestClass)
                + Double(ahead) * typical / own.client.weight
            place = ahead + 1
            for (name, requests) in Dictionary(grouping: waiting, by: \.client) where name != newcomer.client {
                let (service, weight) = (
                    model.shares.service(of: name, newcomer.requestClass), model.shares.known[name]?.client.weight ?? 0
                )
                let rounds = ((turn - service) * weight / typical).rounded(.down)
                if service <= turn { place += min(requests.count, Int(rounds) + 1) }
            }
        }
        guard newcomer.requestClass == .batch else { return place }
        let missing = max(0, Double(place) * typical - model.shares.credit)
        let interactive = self.eligible(newcomer.model, .interactive).count
        return place + Int(min(Double(interactive), (missing / (typical * self.policy.batchShare)).rounded(.up)))
    }

    /// When a newcomer has its first byte at the earliest, from now.
    private func leastFirstByte(_ newcomer: Request) -> Nanoseconds? {
        guard let model = self.models[newcomer.model],
            let pace = NaiveTimes.quantile(25, of: model.times.processing),
            let firstByte = model.times.firstByte(10, isStream: newcomer.streams)
        else { return nil }
        let slots = self.slots(of: newcomer.model)
        let wait = Double(self.place(of: newcomer) - 1) * Double(pace) / Double(slots)
        return .nanoseconds(Int64(wait) + firstByte)
    }

    private func wouldTimeOut(_ request: Request, firstByte: Nanoseconds) -> Rejection {
        var calm = self
        calm.isDraining = false
        return .wouldTimeOut(
            firstByte: firstByte,
            left: max(Nanoseconds.zero, request.deadline - self.now),
            retryAfter: calm.rejection(request.model).retryAfter ?? 0
        )
    }

    private mutating func giveUp(_ request: Request, firstByte: Nanoseconds) -> Gate.Heard {
        if request.counts { self.models[request.model]?.counters.wouldTimeOut += 1 }
        self.note(.ended(.wouldTimeOut), request.model)
        self.leave(request.id)
        let heard = Gate.Heard.reject(request.id, self.wouldTimeOut(request, firstByte: firstByte))
        self.noteTurns()
        self.fallIdle(request.model)
        return heard
    }

    // MARK: - Scheduling

    /// The next waiter of a model.
    func next(_ model: ModelName, batchFits: Bool) -> Request? {
        guard let entry = self.models[model] else { return nil }
        let batch = batchFits ? self.next(model, of: .batch) : nil
        guard let interactive = self.next(model, of: .interactive) else { return batch }
        if let batch, entry.shares.credit >= Double(self.typicalCost(model)) { return batch }
        return interactive
    }

    /// Of each client the oldest of a class; of those the one with the least service, or simply the oldest.
    private func next(_ model: ModelName, of requestClass: RequestClass) -> Request? {
        let waiting = self.eligible(model, requestClass)
        let heads = Dictionary(grouping: waiting, by: \.client).compactMap(\.value.first)
        return heads.min {
            func turn(_ request: Request) -> (Double, Int) {
                let service = self.models[model]?.shares.service(of: request.client, requestClass) ?? 0
                return (self.policy.isFair ? service : 0, request.id)
            }
            return turn($0) < turn($1)
        }
    }

    /// The model whose turn it is if several could have a slot.
    private func nextModel() -> ModelName? {
        let waiting = Set(self.live.filter { $0.backend == nil }.map(\.model))
        var heads: [RequestClass: [Request]] = [:]
        for model in waiting {
            let requestClass: RequestClass = self.eligible(model, .interactive).isEmpty ? .batch : .interactive
            guard self.backend(for: model, requestClass) != nil, let head = self.next(model, of: requestClass) else {
                continue
            }
            heads[requestClass, default: []].append(head)
        }
        func first(_ requestClass: RequestClass) -> Request? {
            heads[requestClass]?.min {
                func turn(_ request: Request) -> (Double, Int) {
                    let held = self.live.count {
                        $0.client == request.client && $0.backend.map { self.slots[$0] != nil } ?? false
                    }
                    let weight = self.models[request.model]?.shares.known[request.client]?.client.weight ?? 1
                    return (self.policy.isFair ? Double(held) / weight : 0, request.id)
                }
                return turn($0) < turn($1)
            }
        }
        guard let batch = first(.batch) else { return first(.interactive)?.model }
        guard let interactive = first(.interactive) else { return batch.model }
        let typical = Double(self.typicalCost(batch.model))
        return self.sharedCredit >= typical ? batch.model : interactive.model
    }

    /// Takes note of whether some model waits with nothing but batch; what that earned ends with it.
    private mutating func noteTurns() {
        let waiting = Set(self.live.filter { $0.backend == nil && !self.isHeld($0.client) }.map(\.model))
        let waitsAlone = waiting.contains { self.eligible($0, .interactive).isEmpty }
        if waitsAlone, !self.batchWaitsAlone { self.sharedCredit = 0 }
        self.batchWaitsAlone = waitsAlone
    }

    private mutating func noteSharedStart(_ requestClass: RequestClass, charge: Double) {
        switch requestClass {
        case .interactive: if self.batchWaitsAlone { self.sharedCredit += charge * self.policy.batchShare }
        case .batch: self.sharedCredit = max(0, min(self.sharedCredit, 8 * charge) - charge)
        }
    }

    /// The waiters of a model that may start, in the order in which they would if no other request arrived and everything ended as expected.
    func order(_ model: ModelName) -> [Int] {
        var future = self
        future.frozen = Set(self.live.map(\.client)).filter(self.isHeld)
        var order: [Int] = []
        while let next = future.next(model, batchFits: true) {
            order.append(next.id)
            future.start(next.id, on: 0)
        }
        return order
    }

    private mutating func startWaiters(of model: ModelName) -> [Gate.Heard] {
        guard self.slots.isEmpty else { return self.startAllWaiters() }
        var heard: [Gate.Heard] = []
        while let next = self.startNext(of: model) { heard.append(next) }
        return heard
    }

    private mutating func startNext(of model: ModelName) -> Gate.Heard? {
        guard let backend = self.backend(for: model, .interactive) else { return nil }
        let batchBackend = self.backend(for: model, .batch)
        guard let next = self.next(model, batchFits: batchBackend != nil) else { return nil }
        if let firstByte = self.hopelessFirstByte(of: next, percent: self.queued(model) > 1 ? 90 : 10) {
            return self.giveUp(next, firstByte: firstByte)
        }
        let interactiveWaits = !self.eligible(model, .interactive).isEmpty
        if let index = self.live.firstIndex(where: { $0.id == next.id }) {
            self.live[index].isByOwnShare = next.requestClass == .batch && interactiveWaits
            self.live[index].estimated = nil
            if let estimated = next.estimated {
                self.models[model]?.times.estimateErrors.append(
                    abs(self.now.nanoseconds - estimated.nanoseconds)
                )
            }
        }
        let chosen = next.requestClass == .batch ? batchBackend ?? backend : backend
        self.start(next.id, on: chosen)
        return .start(next.id, backend: chosen)
    }

    private mutating func startAllWaiters() -> [Gate.Heard] {
        var heard: [Gate.Heard] = []
        guard self.slots.isEmpty else {
            while let model = self.nextModel(), let next = self.startNext(of: model) { heard.append(next) }
            return heard
        }
        let waiting = Set(self.live.filter { $0.backend == nil }.map(\.model))
        return waiting.sorted().flatMap { self.startWaiters(of: $0) }
    }

    private mutating func rejectArrival(_ model: ModelName) -> Rejection {
        let rejection = self.rejection(model)
        self.models[model]?.counters.rejected += 1
        self.note(.ended(.rejected), model)
        self.fallIdle(model)
        return rejection
    }

    private mutating func note(_ event: NaiveRecent.Event, _ model: ModelName) {
        self.models[model]?.recent.note(event, at: self.now)
    }

    private mutating func use(_ model: ModelName) {
        self.models[model]?.isSettled = false
        guard self.models[model] == nil else { return }
        self.models[model] = Model(
            limits: self.defaults,
            isNamed: false,
            since: self.now,
            shares: NaiveShares(policy: self.policy)
        )
        self.evict(except: model)
    }

    private mutating func fallIdle(_ model: ModelName) {
        guard !self.isBusy(model), self.models[model]?.isSettled == false else { return }
        self.models[model]?.isSettled = true
        self.models[model]?.shares.beginAnew()
        guard let entry = self.models[model], !entry.isNamed else { return }
        self.fellIdle.removeAll { $0 == model }
        if entry.wasNotFound && !entry.wasFound {
            self.models[model] = nil
        } else {
            self.fellIdle.append(model)
            self.evict(except: nil)
        }
    }

    private mutating func evict(except used: ModelName?) {
        while self.models.values.count(where: { !$0.isNamed }) > self.unnamedLimit,
            let oldest = self.fellIdle.first(where: { !self.isBusy($0) && $0 != used })
        {
            self.models[oldest] = nil
            self.fellIdle.removeAll { $0 == oldest }
        }
    }
}
