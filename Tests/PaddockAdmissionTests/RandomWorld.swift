// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

/// Throws random events at the machine and at the naive model, and compares them after each one.
struct RandomWorld {
    private struct Place: Hashable {
        let model: ModelName
        let backend: BackendIndex
        let requestClass: RequestClass

        init(_ request: ArrivingRequest, _ backend: BackendIndex) {
            self.model = request.model
            self.backend = backend
            self.requestClass = request.requestClass
        }
    }

    private var random: SeededRandom
    private let gate: Gate
    private var naive: NaiveGateway
    private let names: [ModelName]
    private let backends: Int
    /// How many requests of all models may be active on a backend.
    private let slots: [BackendIndex: Int]
    /// The queued requests, in order of arrival, by the machine's answers; independent of the naive model.
    private var waiting: [Int: ArrivingRequest] = [:]
    private var arrived: [Int: ArrivingRequest] = [:]
    private let clients: [Client]
    private let policy: AdmissionPolicy
    private var active: [Int: Place] = [:]
    private var deadlines: [Int: Instant] = [:]
    private var nextRequest = 0
    /// Whether operators pause and cap clients.
    private let hasOrders: Bool
    private var orders: [String: ClientOrder] = [:]
    /// What went wrong in the latest event.
    private(set) var complaints: [String] = []
    private(set) var starts = 0

    var arrivals: Int { self.nextRequest }

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        self.backends = Int.random(in: 1...3, using: &random)
        self.names = (0..<Int.random(in: 1...4, using: &random)).compactMap { ModelName("model-\($0)") }
        let parallel = Int.random(in: 1...3, using: &random)
        let queue = Int.random(in: 1...10, using: &random)
        let named = [self.names[0]: LimitOverrides(parallel: Bool.random(using: &random) ? 2 : nil, queue: 3)]
        let unnamedLimit = Int.random(in: 0...4, using: &random)
        var policy = AdmissionPolicy()
        policy.fleet.usesBreakers = false
        policy.fleet.learnsParallel = false
        policy.isFair = Int.random(in: 0..<4, using: &random) > 0
        policy.fairnessBy = seed % 3 == 0 ? .tokens : .time
        policy.batchShare = [0.01, 0.05, 0.25, 0.5].randomElement(using: &random) ?? 0.05
        policy.batchSlots = [nil, nil, 1, 2].randomElement(using: &random) ?? nil
        self.policy = policy
        // Only one in every fifth world: all is as if there were no clients.
        self.clients = (0..<(seed % 5 == 0 ? 1 : Int.random(in: 2...6, using: &random))).map {
            let weights: [Double] = [1, 1, 2, 0.5, 3, 0.1, 100, 0.01]
            let weight = weights.randomElement(using: &random) ?? 1
            return Client(name: "client-\($0)", weight: weight)
        }
        // In every second world some backends have slots that all models share.
        let backends = 0..<self.backends
        self.slots = Dictionary(
            uniqueKeysWithValues: backends.filter { _ in seed % 2 == 0 && Int.random(in: 0..<3, using: &random) > 0 }
                .map { (BackendIndex($0), Int.random(in: 1...4, using: &random)) }
        )
        self.gate = Gate(
            parallel: parallel,
            queue: queue,
            policy: policy,
            backends: self.backends,
            slots: self.slots,
            named: named,
            unnamedLimit: unnamedLimit
        )
        self.naive = NaiveGateway(
            defaults: Limits(parallel: parallel, queue: queue),
            policy: policy,
            named: named,
            backends: self.backends,
            slots: self.slots,
            unnamedLimit: unnamedLimit,
            now: self.gate.now
        )
        self.hasOrders = seed % 3 != 1
        self.random = random
    }

    // MARK: - Events

    /// One random event at a random later time.
    mutating func step(_ number: Int) throws {
        self.gate.wait(.milliseconds(Int.random(in: 0...1_500, using: &self.random)))
        let before = self.active
        // A timer that is due fires first, but now and then it is late.
        if let deadline = self.gate.nextDeadline, deadline <= self.gate.now, self.isLikely(4, in: 5) {
            self.begin()
            self.gate.deadlineReached()
            self.check([], after: before)
            guard self.complaints.isEmpty else { return }
        }
        // Rush hours that fill the queues take turns with calm ones that empty them.
        let arrivals = number / 50 % 2 == 0 ? 115 : 45
        switch Int.random(in: 0..<200, using: &self.random) {
        case 0..<arrivals: self.arrive()
        case arrivals..<140: try self.finish()
        case 140..<143: self.rejectForMemory()
        case 143..<155: try self.cancel()
        case 155..<158: self.cancelByName()
        case 158..<164: try self.report()
        case 164..<176: try self.backendUnreachable()
        case 176..<186: self.setBackend()
        case 186..<191: self.update()
        case 191..<193: self.reconfigure()
        case 193..<196: self.reset()
        case 196..<198: if self.hasOrders { self.order() } else { self.reset() }
        case 198: self.deadlineReached()
        default: if number > 400 { self.drain() }
        }
        if number % 8 == 0 {
            self.checkOrder()
            self.checkRecent()
        }
    }

    /// Ends whatever is active until nothing is live any more.
    mutating func finishAll() throws {
        self.obey([:])
        while let request = self.active.keys.min(), self.complaints.isEmpty { try self.finish(request) }
        if !self.waiting.isEmpty { self.complaints.append("still waiting: \(self.waiting.keys.sorted())") }
    }

    private mutating func arrive() {
        let (request, model) = (self.nextRequest, self.randomModel())
        self.nextRequest += 1
        // Never two at the same nanosecond.
        let timeout = Nanoseconds.nanoseconds(Int.random(in: -100...20_000, using: &self.random) * 1_000_000 + request)
        let isStated = self.isLikely(1, in: 3)
        let arriving = self.gate.arriving(
            request,
            model,
            of: self.clients.randomElement(using: &self.random) ?? Client(name: "nobody"),
            self.isLikely(1, in: 3) ? .batch : .interactive,
            streams: Bool.random(using: &self.random),
            within: self.isLikely(1, in: 8) ? nil : timeout,
            patience: isStated ? timeout : nil
        )
        let before = self.begin()
        let arrival = self.gate.arrive(request, arriving)
        var promised: Nanoseconds?
        if case .queued(_, _, let wait) = arrival { promised = wait }
        let (expected, heard) = self.naive.arrive(arriving, request, promised: promised)
        self.expect(Gate.Expected(arrival), expected, "arrive \(request) \(model)")
        if case .queued(_, let place, let wait) = arrival {
            self.expect(place, self.naive.lastPlace, "place of \(request)")
            let isMeasured = self.naive.models[model]?.times.processing.count ?? 0 >= 8
            self.expect(wait != nil, isMeasured && !self.naive.isHeld(arriving.client.name), "an estimate")
        }
        self.deadlines[request] = arriving.deadline
        self.arrived[request] = arriving
        self.note(Gate.Expected(arrival), request)
        self.check(heard, after: before)
    }

    private mutating func rejectForMemory() {
        let model = self.randomModel()
        let before = self.begin()
        self.expect(self.gate.rejectForMemory(model), self.naive.rejectForMemory(model), "memory \(model)")
        self.check([], after: before)
    }

    private mutating func finish() throws {
        if let request = self.active.keys.sorted().randomElement(using: &self.random) { try self.finish(request) }
    }

    private mutating func finish(_ request: Int) throws {
        let outcomes: [Outcome] = [
            .completed(status: 200), .completed(status: 200), .completed(status: 200), .completed(status: 404),
            .completed(status: 404), .completed(status: 500), .completed(status: 302), .failed, .timedOut, .cancelled,
        ]
        let outcome = outcomes.randomElement(using: &self.random) ?? .failed
        // A reply may have begun all the same.
        let begun = outcome.status == 0 ? [0, 200, 404, 503].randomElement(using: &self.random) ?? 0 : 0
        // From time to time a reply arrives without a measurement.
        let held = self.gate.slots[request].map { self.gate.now - $0.started } ?? .zero
        let firstByte = self.isLikely(4, in: 5) ? held / 10 * Int.random(in: 0...10, using: &self.random) : nil
        let isStream = self.arrived[request]?.expectsStream ?? false
        let before = self.begin()
        self.active[request] = nil
        // Now and then it is not known how many, and now and then there are none.
        if self.isLikely(4, in: 5) {
            let counts: Int32 = [0, 1, 40, 500, 3_000].randomElement(using: &self.random) ?? 0
            self.gate.tokens[request] = TokenCounts(prompt: counts, answer: counts / 2)
        }
        try self.gate.finish(request, outcome, behind: begun, firstByte: firstByte, isStream: isStream)
        let heard = self.naive.finish(
            request,
            outcome,
            behind: begun,
            firstByte: firstByte,
            isStream: isStream,
            tokens: self.gate.tokens[request]
        )
        self.check(heard, after: before)
    }

    private mutating func report() throws {
        guard let request = self.active.keys.sorted().randomElement(using: &self.random) else { return }
        let (bytes, chunks) = (Int.random(in: 1...9_999, using: &self.random), 1)
        try self.gate.report(request, bytes: bytes, chunks: chunks)
        self.naive.report(request, bytes: bytes, chunks: chunks)
    }

    private mutating func cancelByName() {
        guard self.nextRequest > 0 else { return }
        let request = Int.random(in: max(0, self.nextRequest - 20)..<self.nextRequest, using: &self.random)
        let before = self.begin()
        self.cancelled = self.active.keys.contains(request) ? request : nil
        let isThere = self.gate.cancel(id: request)
        let heard = self.naive.cancelByName(request)
        self.expect(isThere, !heard.isEmpty, "cancel by name \(request)")
        self.check(heard, after: before)
    }

    private mutating func cancel() throws {
        // Also those that have left: their old tickets must do nothing.
        guard let request = self.gate.tickets.keys.sorted().suffix(20).randomElement(using: &self.random) else {
            return
        }
        let before = self.begin()
        let isCancelled = try self.gate.cancel(request)
        self.expect(isCancelled, self.naive.cancel(request), "cancel \(request)")
        if isCancelled { self.leave(request) }
        self.check([], after: before)
    }

    private mutating func backendUnreachable() throws {
        guard let request = self.active.keys.sorted().randomElement(using: &self.random),
            self.active.removeValue(forKey: request) != nil
        else { return }
        let before = self.begin()
        let answer = Gate.Expected(try self.gate.backendUnreachable(request))
        let (expected, heard) = self.naive.backendUnreachable(request)
        self.expect(answer, expected, "unreachable \(request)")
        self.note(answer, request)
        self.check(heard, after: before)
    }

    private mutating func setBackend() {
        let backend = BackendIndex(Int.random(in: 0..<self.backends, using: &self.random))
        let isHealthy = self.isLikely(2, in: 3)
        let before = self.begin()
        self.gate.setBackend(backend, healthy: isHealthy)
        self.check(self.naive.setBackend(backend, healthy: isHealthy), after: before)
    }

    private mutating func update() {
        let model = self.isLikely(1, in: 3) ? self.names[0] : self.randomModel()
        let parallel = Bool.random(using: &self.random) ? Int.random(in: 1...4, using: &self.random) : nil
        let queue = Bool.random(using: &self.random) ? Int.random(in: 0...6, using: &self.random) : nil
        let before = self.begin()
        self.gate.update(model, parallel: parallel, queue: queue)
        self.check(self.naive.update(model, parallel: parallel, queue: queue), after: before)
    }

    private mutating func reconfigure() {
        let defaults = Limits(
            parallel: Int.random(in: 1...3, using: &self.random),
            queue: Int.random(in: 0...6, using: &self.random)
        )
        var named: [ModelName: LimitOverrides] = [:]
        for name in self.names where self.isLikely(1, in: 3) {
            named[name] = LimitOverrides(
                parallel: self.isLikely(1, in: 2) ? Int.random(in: 1...2, using: &self.random) : nil,
                queue: self.isLikely(1, in: 2) ? Int.random(in: 2...3, using: &self.random) : nil
            )
        }
        let before = self.begin()
        self.gate.reconfigure(
            parallel: defaults.parallel,
            queue: defaults.queue,
            policy: self.naive.policy,
            named: named
        )
        self.check(self.naive.reconfigure(defaults: defaults, named: named), after: before)
    }

    /// An operator pauses, caps and frees clients.
    private mutating func order() {
        var orders = self.orders
        for client in self.clients where self.isLikely(1, in: 3) {
            var order = ClientOrder()
            order.isPaused = self.isLikely(1, in: 3)
            order.parallel = self.isLikely(1, in: 3) ? Int.random(in: 1...3, using: &self.random) : nil
            orders[client.name] = order
        }
        self.obey(orders)
    }

    private mutating func obey(_ orders: [String: ClientOrder]) {
        let before = self.begin()
        self.orders = orders
        self.gate.obey(orders)
        self.check(self.naive.obey(orders), after: before)
    }

    private mutating func reset() {
        let model = Bool.random(using: &self.random) ? self.randomModel() : nil
        let before = self.begin()
        self.expect(self.gate.reset(model), self.naive.reset(model), "reset")
        self.check([], after: before)
    }

    private mutating func deadlineReached() {
        let before = self.begin()
        self.gate.deadlineReached()
        self.check([], after: before)
    }

    private mutating func drain() {
        let before = self.begin()
        self.gate.drain()
        self.check(self.naive.drain(), after: before, isOrdered: false)
    }

    // MARK: - Comparing

    private var timedOut: [Gate.Heard] = []
    /// The active request that an operator is cancelling.
    private var cancelled: Int?

    /// Lets time pass in the naive model, as the machine does at the beginning of each event.
    @discardableResult
    private mutating func begin() -> [Int: Place] {
        self.timedOut = self.naive.advance(to: self.gate.now)
        for case .timeOut(let request, _) in self.timedOut { self.deadlines[request] = nil }
        return self.active
    }

    private mutating func expect<Value: Equatable>(_ value: Value, _ expected: Value, _ what: @autoclosure () -> String)
    {
        if value != expected { self.complaints.append("\(what()): \(value), not \(expected)") }
    }

    private mutating func note(_ answer: Gate.Expected, _ request: Int) {
        guard let arrived = self.arrived[request] else { return }
        switch answer {
        case .start(let backend): self.begins(request, arrived, on: backend)
        case .queued: self.waiting[request] = arrived
        case .rejected, .noBackend: break
        }
    }

    /// A request has got a slot, which it must not if its client is paused, or has as many as an operator allows.
    private mutating func begins(_ request: Int, _ arrived: ArrivingRequest, on backend: BackendIndex) {
        let name = arrived.client.name
        let order = self.naive.isDraining ? nil : self.orders[name]
        let running = self.active.keys.count { self.arrived[$0]?.client.name == name }
        if order?.isPaused == true || running >= order?.parallel ?? .max {
            self.complaints.append("\(request) of \(name) has started beside \(running)")
        }
        self.active[request] = Place(arrived, backend)
    }

    private mutating func leave(_ request: Int) {
        if self.waiting.removeValue(forKey: request) == nil { self.complaints.append("\(request) left twice") }
    }

    /// - Parameter isOrdered: Whether what is heard has an order; a drain answers client by client.
    private mutating func check(_ expected: [Gate.Heard], after before: [Int: Place], isOrdered: Bool = true) {
        let heard = self.gate.takeHeard()
        // Equal deadlines are due in any order.
        let timedOut = heard.prefix(self.timedOut.count)
        self.expect(Set(timedOut), Set(self.timedOut), "timed out")
        let answers = Array(heard.dropFirst(timedOut.count))
        if isOrdered {
            self.expect(answers, expected, "heard")
        } else {
            self.expect(Set(answers), Set(expected), "heard")
            self.expect(answers.count, expected.count, "heard")
        }
        for answer in heard { self.apply(answer) }
        self.checkLimits(before)
        self.checkSnapshot()
        self.checkTimer()
    }

    private mutating func apply(_ answer: Gate.Heard) {
        switch answer {
        case .start(let request, let backend):
            self.starts += 1
            guard let arrived = self.waiting[request] else { return self.leave(request) }
            let first = self.waiting.filter {
                $0.value.model == arrived.model && $0.value.client == arrived.client
                    && $0.value.requestClass == arrived.requestClass
            }.keys.min()
            self.expect(request, first ?? -1, "started out of order")
            self.leave(request)
            self.begins(request, arrived, on: backend)
        case .reject(let request, _), .timeOut(let request, _):
            self.leave(request)
        case .cancel(let request):
            self.expect(request, self.cancelled ?? -1, "cancelled")
            self.cancelled = nil
        }
    }

    /// Active ≤ limit for each model and backend, except that earlier requests may continue after a limit was lowered; of batch no
    /// more than its slots.
    private mutating func checkLimits(_ before: [Int: Place]) {
        func counts(_ active: [Int: Place]) -> [[String]: Int] {
            Dictionary(active.values.map { ([$0.model.description, "\($0.backend)"], 1) }, uniquingKeysWith: +)
        }
        let previous = counts(before)
        for (place, count) in counts(self.active) {
            let limit = ModelName(place[0]).flatMap { self.naive.models[$0]?.limits.parallel } ?? 0
            if count > max(limit, previous[place] ?? 0) { self.complaints.append("\(count) active at \(place)") }
        }
        for (backend, count) in Dictionary(self.active.values.map { ($0.backend, 1) }, uniquingKeysWith: +)
        where count > self.slots[backend] ?? .max {
            self.complaints.append("\(count) active on backend \(backend)")
        }
        for (place, count) in Dictionary(self.active.values.map { ($0, 1) }, uniquingKeysWith: +)
        where place.requestClass == .batch && count > self.policy.batchSlots ?? .max {
            self.complaints.append("\(count) of batch at \(place)")
        }
    }

    /// The listing is in the order in which the naive model would start them.
    private mutating func checkOrder() {
        for name in self.naive.models.keys {
            let (order, expected) = (self.gate.order(name), self.naive.order(name))
            self.expect(Array(order.prefix(expected.count)), expected, "order of \(name)")
            // Behind them those that may not start.
            self.expect(order.sorted(), self.naive.waiting(name).map(\.id), "waiters of \(name)")
        }
    }

    private mutating func checkRecent() {
        for reading in self.gate.snapshot.models {
            let entry = self.naive.models[reading.name]
            if let complaint = entry?.recent.complaint(about: reading.recent, now: self.gate.now) {
                self.complaints.append("recent of \(reading.name): \(complaint)")
            }
        }
    }

    private mutating func checkSnapshot() {
        let snapshot = self.gate.snapshot
        self.expect(Set(snapshot.models.map(\.name)), Set(self.naive.models.keys), "models")
        self.expect(snapshot.isDraining, self.naive.isDraining, "draining")
        self.expect(snapshot.backends.map(\.isHealthy), self.naive.healthy, "health")
        self.expect(
            snapshot.backends.map(\.active),
            (0..<self.backends).map { self.naive.active(on: BackendIndex($0)) },
            "active"
        )
        self.checkReplies(snapshot)
        let live = Dictionary(grouping: self.naive.live, by: \.model)
        for reading in snapshot.models {
            guard let entry = self.naive.models[reading.name] else { continue }
            let (name, totals, live) = (reading.name, reading.totals, live[reading.name] ?? [])
            self.expect(reading.limits, entry.limits, "limits of \(name)")
            self.expect(reading.active, live.count { $0.backend != nil }, "active of \(name)")
            self.expect(reading.queued, live.count { $0.backend == nil }, "queued of \(name)")
            self.expect(reading.availableSlots, self.naive.available(name), "slots of \(name)")
            self.expect(reading.queueAvailable, max(0, entry.limits.queue - reading.queued), "places of \(name)")
            self.expect(reading.uptime, self.gate.now - entry.since, "uptime of \(name)")
            self.expect(reading.queuedBatch, self.naive.waiting(name, .batch).count, "batch of \(name)")
            self.expect(reading.clients, Set(live.map(\.client)).count, "clients of \(name)")
            self.expect(NaiveGateway.Counters(totals), entry.counters.visible, "totals of \(name)")
            let firstByte = Duration.nanoseconds(entry.counters.firstByteNanoseconds)
            self.expect(totals.firstByte.sum, firstByte, "first byte of \(name)")
            for (percent, error) in [(50, reading.estimateErrorP50), (90, reading.estimateErrorP90)] {
                let expected = NaiveTimes.quantile(percent, of: entry.times.estimateErrors, least: 1)
                self.expect(error, expected.map { .nanoseconds($0) }, "estimates of \(name)")
            }
            let endings = [
                totals.completed, totals.rejected, totals.failed, totals.timedOut, totals.cancelled,
                totals.wouldTimeOut,
            ]
            self.expect(totals.requests, endings.reduce(live.count { $0.counts }, +), "conservation for \(name)")
            for requestClass in RequestClass.allCases
            where !self.naive.eligible(name, requestClass).isEmpty
                && self.naive.backend(for: name, requestClass) != nil
            {
                self.complaints.append("\(requestClass) of \(name) waits in vain")
            }
        }
    }

    /// The replies of a model are those of all backends, and those of all models are those of each model and of what has no entry.
    private mutating func checkReplies(_ snapshot: AdmissionSnapshot) {
        var sum = snapshot.unknownTotals.replies.sum
        for reading in snapshot.models {
            let totals = reading.totals
            let replies = totals.replies.sum
            let errors = replies[.clientError] + replies[.serverError]
            sum = sum + replies
            self.expect(reading.replies, totals.replies, "replies of \(reading.name)")
            self.expect(totals.replies.backends.map { totals.replies[$0] }.reduce(ReplyCounts(), +), replies, "sum")
            // All that completed had a reply, and of those that ended otherwise some.
            let others = totals.failed + totals.timedOut + totals.cancelled
            let isBounded =
                totals.completed <= replies.total && replies.total <= totals.completed + others
                && totals.errorReplies <= errors && errors <= totals.errorReplies + others
            self.expect(isBounded, true, "replies of \(reading.name): \(replies)")
        }
        self.expect(snapshot.replies.sum, sum, "replies in all")
        let recent = snapshot.models.reduce(snapshot.unknownRecent.requests) { $0 + $1.recent.requests }
        self.expect(snapshot.recent.requests, recent, "recent requests in all")
        for statusClass in ReplyCounts.StatusClass.allCases where sum[statusClass] < 0 {
            self.complaints.append("\(sum[statusClass]) replies of \(statusClass)")
        }
    }

    /// The next call is due no later than the earliest deadline of the waiters.
    private mutating func checkTimer() {
        let earliest = self.waiting.keys.compactMap { self.deadlines[$0] }.min() ?? .distantFuture
        if earliest < self.gate.nextDeadline ?? .distantFuture {
            self.complaints.append("nobody watches the deadline \(earliest)")
        }
    }

    private mutating func randomModel() -> ModelName {
        // From time to time an unused one.
        if self.isLikely(1, in: 12) { return ModelName("invented-\(self.nextRequest)") ?? self.names[0] }
        return self.names.randomElement(using: &self.random) ?? self.names[0]
    }

    private mutating func isLikely(_ chances: Int, in outOf: Int) -> Bool {
        Int.random(in: 0..<outOf, using: &self.random) < chances
    }
}

extension Gate {
    /// What becomes of a request, without the tokens that only the machine knows.
    enum Expected: Equatable {
        case start(backend: BackendIndex)
        case queued
        case rejected(Rejection)
        case noBackend

        init(_ arrival: Arrival) {
            switch arrival {
            case .start(let slot): self = .start(backend: slot.backend)
            case .queued: self = .queued
            case .rejected(let rejection): self = .rejected(rejection)
            }
        }

        init(_ reassignment: Reassignment) {
            switch reassignment {
            case .start(let slot): self = .start(backend: slot.backend)
            case .queued: self = .queued
            case .rejected(let rejection): self = .rejected(rejection)
            case .noBackend: self = .noBackend
            }
        }
    }
}

extension NaiveGateway.Counters {
    init(_ totals: Totals) {
        self.requests = totals.requests
        self.completed = totals.completed
        self.errorReplies = totals.errorReplies
        for backend in totals.replies.backends {
            let classes: [(Int, ReplyCounts.StatusClass)] = [
                (2, .success), (3, .redirection), (4, .clientError), (5, .serverError),
            ]
            for (digit, statusClass) in classes where totals.replies[backend][statusClass] != 0 {
                self.replies[backend, default: [:]][digit] = totals.replies[backend][statusClass]
            }
        }
        self.rejected = totals.rejected
        self.failed = totals.failed
        self.timedOut = totals.timedOut
        self.cancelled = totals.cancelled
        self.wouldTimeOut = totals.wouldTimeOut
        self.answered = totals.firstByte.count
        self.bytes = totals.bytes
        self.chunks = totals.chunks
        self.started = totals.started
        self.waitTime = totals.wait.sum
        self.processingTime = totals.processing.sum
    }

    /// Without what no snapshot shows.
    var visible: Self {
        var counters = self
        counters.firstByteNanoseconds = 0
        return counters
    }
}
