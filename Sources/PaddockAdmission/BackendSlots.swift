// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Which slots are taken on which backend, and where the next request goes.
///
/// The counts here are the only ones: what a model or the gateway has active is their sum.
struct BackendSlots {
    /// What is known about one backend.
    private struct Backend {
        var isHealthy = true
        var standing = BackendStanding.open
        /// Active requests over all models.
        var active = 0
        /// The number of the last request that started here, of all that started.
        var lastStart = 0
        /// How many may be active over all models; `.max` if only the models' limits hold.
        var bound: Int
        /// The same, or less for now.
        var room: Int

        init(standing: BackendStanding = .open, bound: Int) {
            (self.standing, self.bound, self.room) = (standing, bound, bound)
        }

        var isFull: Bool { self.active >= self.room }
    }

    /// Active requests of one model on one backend.
    private struct Cell {
        var active = 0
        /// Those of class batch among them.
        var batch = 0
    }

    private var backends = Table<BackendIndex, Backend>()
    /// One row of cells per model, with a cell per backend.
    private var cells: [Cell] = []
    /// How many requests have started.
    private var starts = 0
    /// What is less for now of what may be active; nil if nothing is.
    private var caps: SlotCaps?
    /// Whether any backend has a bound on the requests of all models.
    private(set) var areBounded: Bool

    /// Until something else is known every backend counts as healthy.
    ///
    /// - Parameters:
    ///   - count: How many there are; at least 1.
    ///   - bounds: How many requests of all models may be active on a backend; at least 1.
    init(count: Int, bounds: [BackendIndex: Int] = [:]) {
        precondition(count >= 1, "there is at least one backend")
        self.areBounded = !bounds.isEmpty
        for index in 0..<count { _ = self.backends.insert(Backend(bound: bounds[BackendIndex(index)] ?? .max)) }
    }

    /// Whether any open backend is healthy.
    var hasHealthy: Bool { self.indices.contains { self.isOpen($0) && self.backends[$0].isHealthy } }

    /// Whether a backend gets requests, if it is healthy.
    @inline(__always)
    func isOpen(_ backend: BackendIndex) -> Bool { self.backends[backend].standing == .open }

    /// Whether any of some backends gets requests, if it is healthy.
    func areAnyOpen(of backends: [BackendIndex]) -> Bool {
        self.indices.contains { self.isOpen($0) && backends.contains($0) }
    }

    /// Whether a backend is healthy.
    func isHealthy(_ backend: BackendIndex) -> Bool { self.backends[backend].isHealthy }

    /// Whether a backend may get requests now: it is open, and healthy if any open one is.
    @inline(__always)
    private func isUsable(_ backend: BackendIndex, hasHealthy: Bool) -> Bool {
        self.isOpen(backend) && (self.backends[backend].isHealthy || !hasHealthy)
    }

    /// All backends.
    var indices: TableIndices<BackendIndex> { self.backends.indices }

    /// How many requests of all models may be active on a backend; `nil` if only the models' limits hold.
    func bound(of backend: BackendIndex) -> Int? {
        self.backends[backend].bound == .max ? nil : self.backends[backend].bound
    }

    /// A reading of all backends.
    var snapshots: [BackendSnapshot] {
        self.indices.map {
            BackendSnapshot(
                isHealthy: self.backends[$0].isHealthy,
                active: self.backends[$0].active,
                slots: self.bound(of: $0),
                standing: self.backends[$0].standing
            )
        }
    }

    // MARK: - Placement

    /// Whether some open backend has room for a request, of whichever model.
    var hasRoom: Bool { self.indices.contains { self.isOpen($0) && !self.backends[$0].isFull } }

    /// Whether one backend has room for a request of a model, whether it is usable or not.
    @inline(__always)
    func hasRoom(for model: ModelIndex, on backend: BackendIndex, limit: Int, batchLimit: Int?) -> Bool {
        let cell = self.cell(model, backend)
        guard self.cells[cell].active < limit, !self.backends[backend].isFull else { return false }
        return batchLimit.map { self.cells[cell].batch < $0 } ?? true
    }

    /// Where the next request of a model goes: the usable backend with room for the model that has the fewest active requests
    /// over all models for its weight; of equals the one on which a request started longest ago.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - needsHealth: Whether the backend has to be healthy, if any is.
    ///   - limit: How many slots it has on each backend.
    ///   - batchLimit: How many of them batch may hold; `nil` for an interactive request.
    ///   - weight: What a backend's active requests are divided by.
    ///   - isOpen: Whether a backend may be chosen at all.
    /// - Returns: `nil` if no usable backend has room.
    func next(
        for model: ModelIndex,
        needsHealth: Bool,
        limit: (BackendIndex) -> Int,
        batchLimit: Int?,
        weight: (BackendIndex) -> Double,
        where isOpen: (BackendIndex) -> Bool
    ) -> BackendIndex? {
        let hasHealthy = needsHealth && self.hasHealthy
        var best: (backend: BackendIndex, load: Double)?
        for backend in self.indices where self.isUsable(backend, hasHealthy: hasHealthy) {
            let cell = self.cells[self.cell(model, backend)]
            guard cell.active < limit(backend), !self.backends[backend].isFull, isOpen(backend) else { continue }
            if let batchLimit, cell.batch >= batchLimit { continue }
            let load = Double(self.backends[backend].active) / weight(backend)
            if let best {
                if best.load < load { continue }
                let isLater = self.backends[best.backend].lastStart <= self.backends[backend].lastStart
                if best.load == load, isLater { continue }
            }
            best = (backend, load)
        }
        return best?.backend
    }

    /// The backend for a request that takes no slot: the first usable one.
    ///
    /// Always the same one, because operations of several steps, such as uploading a blob and then creating a model of it,
    /// must reach the same backend.
    var forPassThrough: BackendIndex {
        let hasHealthy = self.hasHealthy
        return self.indices.first { self.isUsable($0, hasHealthy: hasHealthy) } ?? BackendIndex(0)
    }

    /// The usable backends: the open ones that are healthy, or all open ones if none is.
    ///
    /// If no backend is healthy, whether one answers is for the attempt to find out, not for a health check that may be late.
    var usable: [BackendIndex] {
        let hasHealthy = self.hasHealthy
        return self.indices.filter { self.isUsable($0, hasHealthy: hasHealthy) }
    }

    // MARK: - Counts

    /// How many slots a model has on the usable backends, if no other model holds any; at most `Int.max`.
    @inline(__always)
    func slots(limit: (BackendIndex) -> Int) -> Int { self.sum { min(limit($0), self.backends[$0].bound) } }

    /// How many slots of a model are free on the usable backends; at most `Int.max`.
    func available(for model: ModelIndex, limit: (BackendIndex) -> Int) -> Int {
        self.sum { backend in
            let free = limit(backend) - self.cells[self.cell(model, backend)].active
            return max(0, min(free, self.backends[backend].room - self.backends[backend].active))
        }
    }

    /// A sum over the usable backends.
    @inline(__always)
    private func sum(_ number: (BackendIndex) -> Int) -> Int {
        let hasHealthy = self.hasHealthy
        var sum = 0
        for backend in self.indices where self.isUsable(backend, hasHealthy: hasHealthy) {
            let (partial, overflow) = sum.addingReportingOverflow(number(backend))
            sum = overflow ? .max : partial
        }
        return sum
    }

    /// Whether a backend may get requests now.
    @inline(__always)
    func isUsable(_ backend: BackendIndex) -> Bool { self.isUsable(backend, hasHealthy: self.hasHealthy) }

    /// Whether something is so of any usable backend.
    func containsUsable(where isTrue: (BackendIndex) -> Bool) -> Bool {
        let hasHealthy = self.hasHealthy
        return self.indices.contains { self.isUsable($0, hasHealthy: hasHealthy) && isTrue($0) }
    }

    /// Active requests of all models on a backend.
    @inline(__always)
    func active(on backend: BackendIndex) -> Int { self.backends[backend].active }

    /// The number of the last request that started on a backend, of all that started; 0 if none did.
    func lastStart(on backend: BackendIndex) -> Int { self.backends[backend].lastStart }

    /// Active requests of a model on a backend.
    @inline(__always)
    func active(of model: ModelIndex, on backend: BackendIndex) -> Int { self.cells[self.cell(model, backend)].active }

    /// Active requests of a model over all backends.
    func active(of model: ModelIndex) -> Int {
        var sum = 0
        for backend in self.indices { sum += self.cells[self.cell(model, backend)].active }
        return sum
    }

    /// Active requests of all models over all backends.
    var totalActive: Int { self.indices.reduce(0) { $0 + self.backends[$1].active } }

    // MARK: - Changes

    /// Makes sure that there is a row for a model; models come in the order of their indices.
    mutating func makeRow(for model: ModelIndex) {
        guard self.cells.count == Int(model.row) * self.backends.count else { return }
        self.cells.append(contentsOf: repeatElement(Cell(), count: self.backends.count))
    }

    /// Active requests of class batch of a model, on all backends.
    func activeBatch(of model: ModelIndex) -> Int {
        self.indices.reduce(0) { $0 + self.cells[self.cell(model, $1)].batch }
    }

    /// A request takes a slot.
    mutating func take(model: ModelIndex, backend: BackendIndex, _ requestClass: RequestClass) {
        self.change(model, backend, requestClass, by: 1)
        self.starts += 1
        self.backends[backend].lastStart = self.starts
    }

    /// A request gives its slot back.
    mutating func release(model: ModelIndex, backend: BackendIndex, _ requestClass: RequestClass) {
        self.change(model, backend, requestClass, by: -1)
    }

    private mutating func change(
        _ model: ModelIndex,
        _ backend: BackendIndex,
        _ requestClass: RequestClass,
        by change: Int
    ) {
        let cell = self.cell(model, backend)
        self.cells[cell].active += change
        if requestClass == .batch { self.cells[cell].batch += change }
        self.backends[backend].active += change
    }

    private func cell(_ model: ModelIndex, _ backend: BackendIndex) -> Int {
        Int(model.row) * self.backends.count + Int(backend.row)
    }

    /// Adds a backend that gets no requests yet.
    mutating func add(bound: Int?) -> BackendIndex {
        let old = self.backends.count
        let backend = self.backends.insert(Backend(standing: .joining, bound: bound ?? .max))
        if bound != nil { self.areBounded = true }
        self.noteRoom(of: backend)
        // Each model's row gets a cell more.
        var cells: [Cell] = []
        cells.reserveCapacity(self.cells.count / old * (old + 1))
        for start in stride(from: 0, to: self.cells.count, by: old) {
            cells += self.cells[start..<start + old]
            cells.append(Cell())
        }
        self.cells = cells
        return backend
    }

    /// Notes how many requests of all models may be active on a backend, and says whether that is news.
    ///
    /// - Parameter bound: At least 1; `nil` if only the models' limits hold.
    mutating func setBound(_ backend: BackendIndex, _ bound: Int?) -> Bool {
        guard self.backends[backend].bound != bound ?? .max else { return false }
        self.backends[backend].bound = bound ?? .max
        self.noteRoom(of: backend)
        self.areBounded = self.indices.contains { self.bound(of: $0) != nil }
        return true
    }

    /// Notes what is less for now of what may be active; nil if nothing is.
    mutating func setCaps(_ caps: SlotCaps?) {
        self.caps = caps
        for backend in self.indices { self.noteRoom(of: backend) }
    }

    private mutating func noteRoom(of backend: BackendIndex) {
        let bound = self.backends[backend].bound
        self.backends[backend].room = self.caps.map { min(bound, $0.cap(bound, nil, backend)) } ?? bound
    }

    /// Notes whether a backend gets requests.
    mutating func setStanding(_ backend: BackendIndex, _ standing: BackendStanding) {
        self.backends[backend].standing = standing
    }

    /// Whether a backend gets requests.
    func standing(of backend: BackendIndex) -> BackendStanding { self.backends[backend].standing }

    /// Whether a backend is the only one that is open.
    func isLastOpen(_ backend: BackendIndex) -> Bool {
        self.isOpen(backend) && !self.indices.contains { $0 != backend && self.isOpen($0) }
    }

    /// Notes whether a backend is healthy, and says whether that is news.
    mutating func setHealthy(_ backend: BackendIndex, _ healthy: Bool) -> Bool {
        guard self.backends[backend].isHealthy != healthy else { return false }
        self.backends[backend].isHealthy = healthy
        return true
    }
}
