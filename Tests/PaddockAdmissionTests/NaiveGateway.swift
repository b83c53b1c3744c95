// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission

@testable import PaddockAdmission

/// What the contract says, written down as directly as possible: a list of requests that is searched anew for each answer.
///
/// It shares nothing with the admission machine but the names of things, and is far too slow for anything but a test.
struct NaiveGateway {
    struct Request {
        let id: Int
        let model: ModelName
        let arrived: Instant
        let deadline: Instant
        var started: Instant?
        var backend: Int?
        /// Whether it arrived since the last reset of its model.
        var counts = true
    }

    struct Model {
        var limits: Limits
        /// What the config says, and what an operator said since.
        var configured = LimitOverrides()
        var chosen = LimitOverrides()
        var isNamed: Bool
        var since: Instant
        var wasNotFound = false
        var wasFound = false
        var counters = Counters()
    }

    struct Counters: Equatable {
        var requests = 0
        var completed = 0
        var rejected = 0
        var failed = 0
        var timedOut = 0
        var cancelled = 0
        var started = 0
        var waitTime = Duration.zero
        var processingTime = Duration.zero
    }

    private(set) var defaults: Limits
    let unnamedLimit: Int
    /// All that are queued or active, in order of arrival.
    private(set) var live: [Request] = []
    private(set) var models: [ModelName: Model] = [:]
    private(set) var healthy: [Bool]
    private(set) var isDraining = false
    /// Unnamed models in the order in which they last fell idle.
    private var fellIdle: [ModelName] = []
    private var now: Instant

    init(defaults: Limits, named: [ModelName: LimitOverrides], backends: Int, unnamedLimit: Int, now: Instant) {
        self.defaults = defaults
        self.unnamedLimit = unnamedLimit
        self.healthy = Array(repeating: true, count: backends)
        self.now = now
        for (name, overrides) in named {
            let limits = Limits(
                parallel: overrides.parallel ?? defaults.parallel,
                queue: overrides.queue ?? defaults.queue
            )
            self.models[name] = Model(limits: limits, configured: overrides, isNamed: true, since: now)
        }
    }

    // MARK: - Questions

    var usable: [Int] {
        let healthy = self.healthy.indices.filter { self.healthy[$0] }
        return healthy.isEmpty ? Array(self.healthy.indices) : healthy
    }

    func active(on backend: Int) -> Int { self.live.count { $0.backend == backend } }

    func active(_ model: ModelName, on backend: Int) -> Int {
        self.live.count { $0.backend == backend && $0.model == model }
    }

    func queued(_ model: ModelName) -> Int { self.live.count { $0.backend == nil && $0.model == model } }

    func available(_ model: ModelName) -> Int {
        let limit = self.models[model]?.limits.parallel ?? 0
        return self.usable.map { max(0, limit - self.active(model, on: $0)) }.reduce(0, +)
    }

    private func isBusy(_ model: ModelName) -> Bool { self.live.contains { $0.model == model } }

    private func backend(for model: ModelName) -> Int? {
        let limit = self.models[model]?.limits.parallel ?? 0
        let free = self.usable.filter { self.active(model, on: $0) < limit }
        return free.min { (self.active(on: $0), $0) < (self.active(on: $1), $1) }
    }

    private func rejection(_ model: ModelName) -> Rejection {
        guard let entry = self.models[model] else { return .queueFull(retryAfter: 0) }
        let slots = entry.limits.parallel * self.usable.count
        let average = entry.counters.completed == 0 ? .zero : entry.counters.processingTime / entry.counters.completed
        let seconds = (average * (self.queued(model) + 1)) / .seconds(slots)
        let retryAfter = Int(min(60, max(1, seconds.rounded(.up))))
        return self.isDraining ? .shuttingDown(retryAfter: retryAfter) : .queueFull(retryAfter: retryAfter)
    }

    // MARK: - Events

    /// Lets time pass: what is due times out.
    mutating func advance(to now: Instant) -> [Gate.Heard] {
        self.now = now
        let due = self.live.filter { $0.backend == nil && $0.deadline <= now }
        self.live.removeAll { $0.backend == nil && $0.deadline <= now }
        for request in due where request.counts { self.models[request.model]?.counters.timedOut += 1 }
        return due.map { .timeOut($0.id, waited: now - $0.arrived) }
    }

    mutating func arrive(_ id: Int, _ model: ModelName, deadline: Instant) -> Gate.Expected {
        self.use(model)
        self.models[model]?.counters.requests += 1
        let request = Request(id: id, model: model, arrived: self.now, deadline: deadline)
        if !self.isDraining, let backend = self.backend(for: model) {
            self.live.append(request)
            self.start(id, on: backend)
            return .start(backend: backend)
        }
        if !self.isDraining, self.queued(model) < self.models[model]?.limits.queue ?? 0 {
            self.live.append(request)
            return .queued
        }
        return .rejected(self.rejectArrival(model))
    }

    mutating func rejectForMemory(_ model: ModelName) -> Rejection {
        self.use(model)
        self.models[model]?.counters.requests += 1
        return self.rejectArrival(model)
    }

    mutating func cancel(_ id: Int) -> Bool {
        guard let index = self.live.firstIndex(where: { $0.id == id && $0.backend == nil }) else { return false }
        let request = self.live.remove(at: index)
        if request.counts { self.models[request.model]?.counters.cancelled += 1 }
        return true
    }

    mutating func finish(_ id: Int, _ outcome: Outcome) -> [Gate.Heard] {
        guard let model = self.end(id, outcome) else { return [] }
        let heard = self.startWaiters(of: model)
        self.fallIdle(model)
        return heard
    }

    mutating func backendUnreachable(_ id: Int) -> (answer: Gate.Expected, heard: [Gate.Heard]) {
        guard let index = self.live.firstIndex(where: { $0.id == id }), let failed = self.live[index].backend else {
            return (.noBackend, [])
        }
        let model = self.live[index].model
        self.healthy[failed] = false
        let answer: Gate.Expected
        if self.healthy.contains(true) {
            let request = self.live[index]
            if request.counts, let started = request.started {
                self.models[model]?.counters.started -= 1
                self.models[model]?.counters.waitTime -= started - request.arrived
            }
            self.live[index].backend = nil
            self.live[index].started = nil
            if let backend = self.backend(for: model) {
                self.start(id, on: backend)
                answer = .start(backend: backend)
            } else if self.isDraining {
                // It is not one of those that wait; the estimate does not count it among them.
                self.live.remove(at: index)
                answer = .rejected(self.rejection(model))
                if request.counts { self.models[model]?.counters.rejected += 1 }
            } else {
                answer = .queued
            }
        } else {
            _ = self.end(id, .failed)
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

    mutating func setBackend(_ backend: Int, healthy: Bool) -> [Gate.Heard] {
        self.healthy[backend] = healthy
        return self.startAllWaiters()
    }

    mutating func drain() -> [Gate.Heard] {
        self.isDraining = true
        var heard: [Gate.Heard] = []
        for model in self.models.keys.sorted() {
            let rejection = self.rejection(model)
            for request in self.live where request.model == model && request.backend == nil {
                if request.counts { self.models[model]?.counters.rejected += 1 }
                heard.append(.reject(request.id, rejection))
            }
        }
        self.live.removeAll { $0.backend == nil }
        return heard
    }

    // MARK: - Steps

    private mutating func start(_ id: Int, on backend: Int) {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return }
        self.live[index].backend = backend
        self.live[index].started = self.now
        guard self.live[index].counts else { return }
        self.models[self.live[index].model]?.counters.started += 1
        self.models[self.live[index].model]?.counters.waitTime += self.now - self.live[index].arrived
    }

    private mutating func end(_ id: Int, _ outcome: Outcome) -> ModelName? {
        guard let index = self.live.firstIndex(where: { $0.id == id }) else { return nil }
        let request = self.live.remove(at: index)
        if case .completed(let status) = outcome {
            if status == 404 {
                self.models[request.model]?.wasNotFound = true
            } else {
                self.models[request.model]?.wasFound = true
            }
        }
        guard request.counts, var counters = self.models[request.model]?.counters else { return request.model }
        switch outcome {
        case .completed:
            counters.completed += 1
            if let started = request.started { counters.processingTime += self.now - started }
        case .failed: counters.failed += 1
        case .timedOut: counters.timedOut += 1
        case .cancelled: counters.cancelled += 1
        }
        self.models[request.model]?.counters = counters
        return request.model
    }

    private mutating func startWaiters(of model: ModelName) -> [Gate.Heard] {
        var heard: [Gate.Heard] = []
        while let first = self.live.first(where: { $0.model == model && $0.backend == nil }),
            let backend = self.backend(for: model)
        {
            self.start(first.id, on: backend)
            heard.append(.start(first.id, backend: backend))
        }
        return heard
    }

    private mutating func startAllWaiters() -> [Gate.Heard] {
        let waiting = Set(self.live.filter { $0.backend == nil }.map(\.model))
        return waiting.sorted().flatMap { self.startWaiters(of: $0) }
    }

    private mutating func rejectArrival(_ model: ModelName) -> Rejection {
        let rejection = self.rejection(model)
        self.models[model]?.counters.rejected += 1
        self.fallIdle(model)
        return rejection
    }

    private mutating func use(_ model: ModelName) {
        guard self.models[model] == nil else { return }
        self.models[model] = Model(limits: self.defaults, isNamed: false, since: self.now)
        self.evict(except: model)
    }

    private mutating func fallIdle(_ model: ModelName) {
        guard !self.isBusy(model), let entry = self.models[model], !entry.isNamed else { return }
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
