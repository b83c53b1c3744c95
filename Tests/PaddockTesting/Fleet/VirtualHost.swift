// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What a host says of a model that it has loaded.
package struct HostResident: Hashable, Sendable {
    /// The model, by its place in ``Shape/models``.
    package let model: Int
    /// The options that it was loaded with; 0 for none.
    package let options: Int
    /// Its memory.
    package let bytes: Int64
}

/// An Ollama host in virtual time: its scheduler as in `server/sched.go`, and a processor that the active requests share.
///
/// Requests of what is loaded join it at once; all others wait in one queue, and the first of it decides what is loaded and evicted
/// next. One model loads at a time. The victim is an idle model if there is one, and of those the one that was used longest ago; it takes no
/// newcomers, and goes when the last of its requests has ended.
struct VirtualHost {
    private struct Job {
        let id: Int
        let model: Int
        let options: Int
        let work: Double
    }

    private struct Runner {
        let model: Int
        let options: Int
        let bytes: Int64
        let slots: Int
        /// When its load ends; `nil` once it is loaded.
        var loadEnd: Double?
        var isLeaving = false
        var active = 0
        var waiting: [Job] = []
        var lastUse: Double

        var isIdle: Bool { self.active == 0 && self.waiting.isEmpty }

        func fits(_ job: Job) -> Bool { job.options == 0 || job.options == self.options }
    }

    /// A request in a slot: it ends when the host's work for each slot has reached a mark.
    private struct Active {
        let id: Int
        let model: Int
        let end: Double
        let machineStart: Double
    }

    private let setting: Shape.Host
    private let models: [Shape.Model]
    private let jitter: Double
    private var random: SeededRandom
    /// In the order in which they were loaded.
    private var runners: [Runner] = []
    private var cold: [Job] = []
    private var active: [Active] = []
    /// How much work each slot has done so far, in seconds of a request that is alone.
    private var work = 0.0
    private var machineTime = 0.0
    private var updated = 0.0

    /// How many loads it began.
    private(set) var loads = 0
    /// For how long at least one slot was working, in seconds.
    private(set) var busyTime = 0.0
    /// Requests that came for a model while it was being evicted.
    private(set) var sentToLeaving = 0
    /// Requests that got a slot since they were asked for.
    private var started: [Int] = []

    init(_ setting: Shape.Host, models: [Shape.Model], jitter: Double, seed: UInt64) {
        self.setting = setting
        self.models = models
        self.jitter = jitter
        self.random = SeededRandom(seed: seed)
    }

    /// When something happens in it by itself; infinite if nothing does.
    var next: Double {
        let load = self.runners.lazy.compactMap(\.loadEnd).min() ?? .infinity
        guard let first = self.active.lazy.map(\.end).min() else { return load }
        return min(load, self.updated + max(0, first - self.work) * self.slowdown)
    }

    /// What it has loaded.
    var residents: [HostResident] {
        self.runners.filter { $0.loadEnd == nil }
            .map { HostResident(model: $0.model, options: $0.options, bytes: $0.bytes) }
    }

    /// Requests that got a slot since the last call.
    mutating func takeStarted() -> [Int] {
        defer { self.started = [] }
        return self.started
    }

    // MARK: - Events

    /// A request arrives.
    mutating func arrive(_ request: FleetRequest, now: Double) {
        self.advance(to: now)
        let job = Job(id: request.id, model: request.model, options: request.options, work: request.work)
        guard let place = self.place(of: job.model), self.runners[place].fits(job), !self.runners[place].isLeaving
        else {
            if let place = self.place(of: job.model), self.runners[place].fits(job) { self.sentToLeaving += 1 }
            self.cold.append(job)
            self.admit(now: now)
            return
        }
        self.join(place, job, now: now)
    }

    /// Asks it to unload a model. It does if the model is loaded and idle.
    mutating func unload(_ model: Int, now: Double) -> Bool {
        self.advance(to: now)
        guard let place = self.place(of: model), self.runners[place].isIdle, self.runners[place].loadEnd == nil else {
            return false
        }
        self.runners.remove(at: place)
        self.admit(now: now)
        return true
    }

    /// What was due by itself happens.
    ///
    /// - Returns: The requests that have ended, and the machine time of each.
    mutating func proceed(now: Double) -> [(id: Int, machineTime: Double)] {
        self.advance(to: now)
        var ended: [(id: Int, machineTime: Double)] = []
        while let place = self.active.indices.min(by: { self.active[$0].end < self.active[$1].end }),
            self.active[place].end <= self.work + 1e-9
        {
            let request = self.active.remove(at: place)
            ended.append((request.id, self.machineTime - request.machineStart))
            guard let runner = self.place(of: request.model) else { continue }
            self.runners[runner].active -= 1
            self.runners[runner].lastUse = now
            if self.runners[runner].isLeaving, self.runners[runner].isIdle {
                self.runners.remove(at: runner)
                self.admit(now: now)
            } else {
                self.serve(runner)
            }
        }
        if let place = self.runners.firstIndex(where: { ($0.loadEnd ?? .infinity) <= now + 1e-9 }) {
            self.runners[place].loadEnd = nil
            self.serve(place)
            self.admit(now: now)
        }
        return ended
    }

    // MARK: - The scheduler

    private func place(of model: Int) -> Int? { self.runners.firstIndex { $0.model == model } }

    private mutating func join(_ place: Int, _ job: Job, now: Double) {
        self.runners[place].waiting.append(job)
        self.runners[place].lastUse = now
        self.serve(place)
    }

    private mutating func serve(_ place: Int) {
        guard self.runners[place].loadEnd == nil else { return }
        while self.runners[place].active < self.runners[place].slots, !self.runners[place].waiting.isEmpty {
            let job = self.runners[place].waiting.removeFirst()
            self.runners[place].active += 1
            self.active.append(
                Active(id: job.id, model: job.model, end: self.work + job.work, machineStart: self.machineTime)
            )
            self.started.append(job.id)
        }
    }

    /// Lets the first that waits for a load get on, until it has to wait for something.
    private mutating func admit(now: Double) {
        while let job = self.cold.first {
            if let place = self.place(of: job.model) {
                if self.runners[place].fits(job), !self.runners[place].isLeaving {
                    self.cold.removeFirst()
                    self.join(place, job, now: now)
                } else if !self.evict(place) {
                    return
                }
                continue
            }
            if self.runners.contains(where: { $0.loadEnd != nil }) { return }
            let model = self.models[job.model]
            if !self.hasRoom(for: model) {
                guard !self.runners.contains(where: \.isLeaving), let victim = self.victim, self.evict(victim) else {
                    return
                }
                continue
            }
            let factor = self.jitter > 0 ? self.random.logNormal(median: 1, sigma: self.jitter) : 1
            self.runners.append(
                Runner(
                    model: job.model,
                    options: job.options,
                    bytes: model.bytes,
                    slots: model.slots ?? self.setting.slots,
                    loadEnd: now + model.load * factor,
                    lastUse: now
                )
            )
            self.loads += 1
            self.cold.removeFirst()
            self.join(self.runners.count - 1, job, now: now)
        }
    }

    private func hasRoom(for model: Shape.Model) -> Bool {
        self.runners.count < self.setting.maxLoaded
            && self.runners.reduce(model.bytes) { $0 + $1.bytes } <= self.setting.memory
    }

    private var victim: Int? {
        self.runners.indices.min {
            let (left, right) = (self.runners[$0], self.runners[$1])
            return left.isIdle != right.isIdle ? left.isIdle : left.lastUse < right.lastUse
        }
    }

    /// Begins to evict a runner, and says whether it is gone.
    private mutating func evict(_ place: Int) -> Bool {
        self.runners[place].isLeaving = true
        guard self.runners[place].isIdle else { return false }
        self.runners.remove(at: place)
        return true
    }

    // MARK: - The processor

    /// How much slower each request is than alone.
    private var slowdown: Double { 1 + self.setting.slowdown * Double(self.active.count - 1) }

    private mutating func advance(to now: Double) {
        let passed = now - self.updated
        guard passed > 0 else { return }
        self.updated = now
        guard !self.active.isEmpty else { return }
        self.work += passed / self.slowdown
        self.machineTime += passed / Double(self.active.count)
        self.busyTime += passed
    }
}
