// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// A backend as Ollama is one: it holds a few models, and loads one at a time.
///
/// Requests for what is loaded are served at once. All others wait in one line. Its first request decides what is loaded next, in place
/// of an idle model if there is one, and of those the one that was used longest ago; the victim gets no more requests, and goes when
/// it has none.
struct ReplayHost: Sendable {
    private struct Runner: Sendable {
        let model: ModelName
        /// When its load ends; nil once it is loaded.
        var loadEnd: Int64?
        var isLeaving = false
        /// Requests that are served.
        var active = 0
        /// Requests that wait for its load.
        var waiting: [Int32] = []
        var lastUse: Int64

        var isIdle: Bool { self.active == 0 && self.waiting.isEmpty }
    }

    private struct Cold: Sendable {
        let request: Int32
        let model: ModelName
        let loadTime: Int64
    }

    private let places: Int
    private var runners: [Runner] = []
    private var cold: [Cold] = []
    private var begun: [Int32] = []
    /// How many loads it has begun.
    private(set) var loads = 0

    /// - Parameter places: How many models it holds; at least 1.
    init(places: Int) { self.places = places }

    /// When its load ends; nil if nothing is being loaded.
    var loadEnd: Int64? { self.runners.lazy.compactMap(\.loadEnd).min() }

    /// What it has loaded.
    var loaded: [ModelName] { self.runners.filter { $0.loadEnd == nil }.map(\.model) }

    /// Requests that it has begun to serve since the last call.
    mutating func takeBegun() -> [Int32] {
        defer { self.begun = [] }
        return self.begun
    }

    /// A request arrives.
    mutating func arrive(_ request: Int32, _ model: ModelName, loadTime: Int64, now: Int64) {
        guard let place = self.place(of: model), !self.runners[place].isLeaving else {
            self.cold.append(Cold(request: request, model: model, loadTime: loadTime))
            return self.admit(now: now)
        }
        self.join(place, request, now: now)
    }

    /// A request has ended, or its client has left.
    ///
    /// - Parameter isServed: Whether it was served.
    mutating func leave(_ request: Int32, _ model: ModelName, isServed: Bool, now: Int64) {
        if let place = self.cold.firstIndex(where: { $0.request == request }) {
            self.cold.remove(at: place)
        } else if let place = self.place(of: model) {
            if isServed { self.runners[place].active -= 1 }
            self.runners[place].waiting.removeAll { $0 == request }
            self.runners[place].lastUse = now
            if self.runners[place].isLeaving, self.runners[place].isIdle { self.runners.remove(at: place) }
        }
        self.admit(now: now)
    }

    /// A load has ended.
    mutating func proceed(now: Int64) {
        for place in self.runners.indices where (self.runners[place].loadEnd ?? .max) <= now {
            self.runners[place].loadEnd = nil
            self.begun += self.runners[place].waiting
            self.runners[place].active += self.runners[place].waiting.count
            self.runners[place].waiting = []
        }
        self.admit(now: now)
    }

    /// Asks it to unload a model, which it does if nothing of it is active.
    mutating func unload(_ model: ModelName, now: Int64) {
        guard let place = self.place(of: model), self.runners[place].isIdle, self.runners[place].loadEnd == nil else {
            return
        }
        self.runners.remove(at: place)
        self.admit(now: now)
    }

    /// It has a model loaded from now on, for no request.
    mutating func hold(_ model: ModelName, now: Int64) {
        if self.place(of: model) == nil { self.runners.append(Runner(model: model, lastUse: now)) }
    }

    private func place(of model: ModelName) -> Int? { self.runners.firstIndex { $0.model == model } }

    private mutating func join(_ place: Int, _ request: Int32, now: Int64) {
        self.runners[place].lastUse = now
        if self.runners[place].loadEnd == nil {
            self.runners[place].active += 1
            self.begun.append(request)
        } else {
            self.runners[place].waiting.append(request)
        }
    }

    /// Lets the first of the line get on until it has to wait.
    private mutating func admit(now: Int64) {
        while let first = self.cold.first {
            if let place = self.place(of: first.model) {
                if self.runners[place].isLeaving { return }
                self.join(place, first.request, now: now)
            } else {
                if self.runners.contains(where: { $0.loadEnd != nil || $0.isLeaving }) { return }
                if self.runners.count >= self.places {
                    guard self.evict() else { return }
                    continue
                }
                self.loads += 1
                var runner = Runner(model: first.model, loadEnd: now.addingOrMax(first.loadTime), lastUse: now)
                runner.waiting = [first.request]
                self.runners.append(runner)
            }
            self.cold.removeFirst()
        }
    }

    /// Begins to evict a model, and says whether it is gone.
    private mutating func evict() -> Bool {
        let victim = self.runners.indices.min {
            let (left, right) = (self.runners[$0], self.runners[$1])
            return left.isIdle != right.isIdle ? left.isIdle : left.lastUse < right.lastUse
        }
        guard let victim else { return false }
        self.runners[victim].isLeaving = true
        guard self.runners[victim].isIdle else { return false }
        self.runners.remove(at: victim)
        return true
    }
}
