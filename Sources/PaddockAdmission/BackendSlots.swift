// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Which slots are taken on which backend, and where the next request goes.
///
/// The counts here are the only ones: what a model or the gateway has active is their sum.
struct BackendSlots {
    private(set) var isHealthy: [Bool]
    /// Active requests by backend, over all models.
    private(set) var active: [Int]
    /// How many may be active on each backend, over all models; `.max` where that is left to the models' limits.
    private let bounds: [Int]
    /// Whether any backend has such a bound.
    let areBounded: Bool
    /// Active requests by model and backend, one row per model.
    private var rows: [Int] = []
    /// Those of class batch among them.
    private var batchRows: [Int] = []

    var count: Int { self.active.count }

    var hasHealthy: Bool { self.isHealthy.contains(true) }

    /// Until something else is known every backend counts as healthy.
    ///
    /// - Parameters:
    ///   - count: How many there are; at least 1.
    ///   - bounds: How many requests of all models may be active on a backend, by its index; at least 1.
    init(count: Int, bounds: [Int: Int] = [:]) {
        precondition(count >= 1, "there is at least one backend")
        self.bounds = (0..<count).map { bounds[$0] ?? .max }
        self.areBounded = !bounds.isEmpty
        self.isHealthy = Array(repeating: true, count: count)
        self.active = Array(repeating: 0, count: count)
    }

    /// How many requests of all models may be active on a backend; `nil` where that is left to the models' limits.
    func bound(of backend: Int) -> Int? { self.bounds[backend] == .max ? nil : self.bounds[backend] }

    /// Whether some usable backend has room for a request, of whichever model.
    var hasRoom: Bool {
        let hasHealthy = self.hasHealthy
        return (0..<self.count).contains {
            (self.isHealthy[$0] || !hasHealthy) && self.active[$0] < self.bounds[$0]
        }
    }

    /// Where the next request of a model goes: the healthy backend with room for the model that has the fewest active
    /// requests over all models; of equals the first.
    ///
    /// Where no backend is healthy each one counts as usable: whether it answers is then for the attempt to find out, not for
    /// a health check that may be late.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - limit: How many slots it has on each backend.
    ///   - batchLimit: How many of them batch may hold; `nil` for an interactive request.
    /// - Returns: `nil` where no usable backend has room.
    func next(for model: Int, limit: Int, batchLimit: Int? = nil) -> Int? {
        let hasHealthy = self.hasHealthy
        let row = model * self.count
        var best: Int?
        for backend in 0..<self.count where self.isHealthy[backend] || !hasHealthy {
            guard self.rows[row + backend] < limit, self.active[backend] < self.bounds[backend] else { continue }
            if let batchLimit, self.batchRows[row + backend] >= batchLimit { continue }
            if let other = best, self.active[other] <= self.active[backend] { continue }
            best = backend
        }
        return best
    }

    /// The backend for a request that takes no slot: the first healthy one, else the first.
    ///
    /// Always the same one, because operations of several steps, such as uploading a blob and then creating a model of it,
    /// must meet the same backend.
    var forPassThrough: Int { self.isHealthy.firstIndex(of: true) ?? 0 }

    /// The usable backends: the healthy ones, or all if none is.
    var usable: [Int] {
        let hasHealthy = self.hasHealthy
        return (0..<self.count).filter { self.isHealthy[$0] || !hasHealthy }
    }

    /// How many slots a model has on the usable backends, if no other model holds any.
    func slots(limit: Int) -> Int {
        let hasHealthy = self.hasHealthy
        var sum = 0
        for backend in 0..<self.count where self.isHealthy[backend] || !hasHealthy {
            let (partial, overflow) = sum.addingReportingOverflow(min(limit, self.bounds[backend]))
            sum = overflow ? .max : partial
        }
        return sum
    }

    /// How many slots of a model are free on the usable backends.
    func available(for model: Int, limit: Int) -> Int {
        let hasHealthy = self.hasHealthy
        var sum = 0
        for backend in 0..<self.count where self.isHealthy[backend] || !hasHealthy {
            let free = min(limit - self.rows[model * self.count + backend], self.bounds[backend] - self.active[backend])
            let (partial, overflow) = sum.addingReportingOverflow(max(0, free))
            sum = overflow ? .max : partial
        }
        return sum
    }

    /// Active requests of a model over all backends.
    func active(of model: Int) -> Int {
        let row = model * self.count
        var sum = 0
        for backend in 0..<self.count { sum += self.rows[row + backend] }
        return sum
    }

    /// Active requests of all models over all backends.
    var totalActive: Int { self.active.reduce(0, +) }

    /// Makes sure that there is a row for a model; models come in the order of their indices.
    mutating func makeRow(for model: Int) {
        guard self.rows.count == model * self.count else { return }
        self.rows.append(contentsOf: repeatElement(0, count: self.count))
        self.batchRows.append(contentsOf: repeatElement(0, count: self.count))
    }

    mutating func take(model: Int, backend: Int, _ requestClass: RequestClass) {
        self.change(model: model, backend: backend, requestClass, by: 1)
    }

    mutating func release(model: Int, backend: Int, _ requestClass: RequestClass) {
        self.change(model: model, backend: backend, requestClass, by: -1)
    }

    private mutating func change(model: Int, backend: Int, _ requestClass: RequestClass, by change: Int) {
        self.rows[model * self.count + backend] += change
        if requestClass == .batch { self.batchRows[model * self.count + backend] += change }
        self.active[backend] += change
    }

    /// Notes what is known about a backend, and says whether that is news.
    mutating func setHealthy(_ backend: Int, _ healthy: Bool) -> Bool {
        guard self.isHealthy[backend] != healthy else { return false }
        self.isHealthy[backend] = healthy
        return true
    }
}
