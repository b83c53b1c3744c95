// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What is loaded on one backend, and what comes next there.
struct FleetBackend {
    /// A swap that has been decided on: nobody new gets a slot of the victims.
    struct Plan {
        /// What will be loaded.
        let target: RunnerIndex
        /// What has to go, by the names under which the backend lists it.
        let victims: [ModelName]
        let reason: Resident.Reason
    }

    /// A load beside others of which it is not known that they fit together: the backend may have to evict some of them.
    private struct Trial {
        let target: ModelName
        /// All that would be resident.
        let names: [ModelName]
    }

    /// After how many unanswered questions in a row it is not known any more what a backend has loaded.
    private static let maxFailures = 3

    /// Whether it has said what it has loaded; until it has, every model counts as loaded there.
    private(set) var isObserved = false
    private(set) var residents: [Resident] = []
    var plan: Plan?
    var clock: MachineClock
    /// How long it has done what.
    private(set) var time: MachineTime
    var fit: MemoryFit
    /// Whether requests go well there, of whatever model.
    var breaker: Breaker
    /// Whether loads there come to an end.
    private(set) var loader = LoaderHealth()
    /// What was said of that, and not learned.
    var declared: MemoryFit
    /// How fast it loads.
    var loadRate = LoadRate()
    /// What can be loaded there, with sizes in bytes; `nil` as long as it has not said.
    var installed: [ModelName: Int64]?
    /// Its part of the requests among equally good choices.
    var weight: Double
    /// Whether it loads a model anew for a request that names no options if that was loaded with some. Once that was seen it stays so:
    /// else the same would be found out again and again, at the price of a load each time.
    private(set) var isExact = false
    /// When a request seemed to have made it do so.
    private var suspectedReload: Instant?
    private var trial: Trial?
    /// How many times in a row it did not say what it has loaded.
    private var failures = 0
    /// How many loads were begun, by reason.
    private(set) var loads = LoadCounts()
    /// Units of active requests beyond one for each.
    var extraUnits = 0
    /// How many requests it refused whole.
    var refusals = 0
    /// What became of its requests of the last minutes.
    var recent = RecentWindow()

    init(fit: MemoryFit, weight: Double, seed: UInt64, now: Instant) {
        self.breaker = Breaker(seed: seed)
        self.weight = weight
        self.clock = MachineClock(now: now)
        self.time = MachineTime(now: now)
        self.fit = fit
        self.declared = fit
    }

    /// Whether something is being loaded; there is one load at a time.
    var isLoading: Bool { self.residents.contains { $0.isLoading } }

    /// Whether something is being unloaded.
    @inline(__always)
    var isUnloading: Bool { self.residents.contains { $0.isLeaving } }

    /// Whether a load is planned or on its way; there is one at a time.
    var isChanging: Bool { self.plan != nil || self.isLoading || self.isUnloading || self.isOnTrial }

    /// Whether requests may have to wait for what happens there.
    @inline(__always)
    var isUnsettled: Bool { self.plan != nil || self.isUnloading || self.isOnTrial }

    /// Where a model is among the residents.
    @inline(__always)
    func place(of model: ModelIndex) -> Int? { self.residents.firstIndex { $0.model == model } }

    /// Where a name is among the residents.
    func place(of name: ModelName) -> Int? { self.residents.firstIndex { $0.name == name } }

    /// Whether a resident is to go by the plan.
    @inline(__always)
    func isVictim(_ name: ModelName) -> Bool { self.plan?.victims.contains(name) ?? false }

    /// Whether a request with such options can be served by what is loaded, or is being loaded.
    @inline(__always)
    func serves(_ model: ModelIndex, _ options: RunnerOptions) -> Bool {
        guard let place = self.place(of: model) else { return false }
        let resident = self.residents[place]
        // Whether the others are still there is not known as long as a trial lasts.
        if let trial = self.trial, trial.target != resident.name { return false }
        return !resident.isLeaving && !resident.isClosed && resident.fits(options) && !self.isVictim(resident.name)
    }

    // MARK: - Changes

    /// So many requests are served from now on, and what is loaded may have changed.
    mutating func note(serving count: Int, now: Instant) {
        self.clock.set(serving: count, now: now)
        let state: MachineTime.State =
            if count > 0 { self.plan == nil ? .serving : .draining } else { self.isChanging ? .loading : .idle }
        if self.isObserved { self.time.set(state, now: now) } else { self.time.skip(to: now) }
    }

    /// Something begins to load.
    mutating func beginLoad(_ resident: Resident, now: Instant) {
        self.loads.count(resident.reason)
        self.residents.removeAll { $0.name == resident.name }
        self.append(resident)
        if self.residents.count > 1,
            self.fit.check(count: self.residents.count, bytes: self.totalBytes, now: now) != .fits
        {
            self.trial = Trial(target: resident.name, names: self.residents.map(\.name))
        }
    }

    /// Whether something was loaded beside the others of which it is not known that they fit together.
    @inline(__always)
    var isOnTrial: Bool { self.trial != nil }

    /// The first byte of something that was loading has come.
    ///
    /// - Parameter load: How the load went; `nil` if no request waited for it.
    mutating func loaded(_ place: Int, _ load: MeasuredLoad? = nil, now: Instant) {
        self.residents[place].load = load
        self.residents[place].phase = .loaded
        self.residents[place].visitStart = now
        self.residents[place].changed = now
        self.loadEnded(now: now)
    }

    /// A load has ended here, or failed: loads are not stuck.
    mutating func loadEnded(now: Instant) {
        self.loader.recovered(now: now)
        for place in self.residents.indices { self.residents[place].isClosed = false }
    }

    /// A request of a model was answered with an error: if the model was being loaded, that load is not stuck.
    mutating func failed(_ model: ModelIndex, now: Instant) {
        if let place = self.place(of: model), self.residents[place].isLoading { self.loadEnded(now: now) }
    }

    /// Looks whether a load is stuck, as the backend has just answered.
    ///
    /// - Parameters:
    ///   - least: How long any load may take, in nanoseconds.
    ///   - expected: How long that of a model should take, in nanoseconds.
    mutating func lookForWedge(least: Int64, now: Instant, expected: (ModelIndex) -> Int64) {
        for place in self.residents.indices {
            guard let model = self.residents[place].model, case .loading(let since) = self.residents[place].phase else {
                continue
            }
            let name = self.residents[place].name
            if self.loader.isStuck(name, since: since, expected: expected(model), least: least, now: now) {
                self.residents[place].isClosed = true
                // What is loaded need not wait any longer for the answer whether it is still there.
                self.trial = nil
            }
        }
    }

    /// The backend has answered whether it has unloaded a model.
    ///
    /// - Returns: Whether it was asked to.
    mutating func unloaded(_ model: ModelName) -> Bool {
        guard let place = self.place(of: model), self.residents[place].isLeaving else { return false }
        self.remove(place)
        return true
    }

    /// A request that names no options has ended: whether it waited for a load, although its model was loaded with other ones.
    ///
    /// - Parameters:
    ///   - load: How long it waited for its model.
    ///   - usual: How long a load takes, in nanoseconds.
    mutating func suspectReload(
        of model: ModelIndex,
        load: Nanoseconds,
        usual: Int64,
        startedAt started: Instant,
        now: Instant
    ) -> Bool {
        guard let place = self.place(of: model), !self.isExact else { return false }
        let resident = self.residents[place]
        guard !resident.options.isEmpty, resident.phase == .loaded, started > resident.visitStart,
            load.count >= max(100_000_000, usual / 2)
        else { return false }
        self.suspectReload(place, startedAt: started, now: now)
        return true
    }

    /// A request for which something was loaded has ended, so that its load is measured as well as it can be.
    ///
    /// - Returns: The load; `nil` if the request had no part in it, or it is known already.
    mutating func takeLoad(_ place: Int, startedBy started: Instant) -> MeasuredLoad? {
        guard let load = self.residents[place].load, started <= load.ended else { return nil }
        self.residents[place].load = nil
        return load
    }

    private mutating func append(_ resident: Resident) {
        self.residents.append(resident)
        self.residents[self.residents.count - 1].isExact = self.isExact
    }

    /// A request of a resident begins or ends.
    ///
    /// - Parameter options: What it names.
    mutating func used(_ place: Int, _ options: RunnerOptions, now: Instant) {
        if options.isEmpty, !self.residents[place].options.isEmpty { self.residents[place].isUsedWithoutOptions = true }
        self.residents[place].changed = now
        self.residents[place].expiresAt = nil
        // One request is enough to see whether loads end again.
        if self.loader.isWedged, self.residents[place].isLoading { self.residents[place].isClosed = true }
    }

    /// A request that was sent at an instant says how long a resident is to stay when nothing of it is active.
    mutating func keep(_ place: Int, for keepAlive: Nanoseconds, saidAt started: Instant) {
        self.residents[place].keep(keepAlive, saidAt: started)
    }

    /// The last request of a resident has ended: it goes at once, or after a while, if requests have said so.
    mutating func fellIdle(_ place: Int, now: Instant) {
        guard let keepAlive = self.residents[place].keepAlive, self.residents[place].phase == .loaded else { return }
        if keepAlive <= .zero { return self.remove(place) }
        let end = now + keepAlive
        // For ever, or as good as.
        if end != .distantFuture { self.residents[place].expiresAt = end }
    }

    /// When the first of what is loaded runs out by itself; `distantFuture` if that is not known of any.
    var nextExpiry: Instant {
        self.residents.reduce(.distantFuture) { min($0, $1.phase == .loaded ? $1.expiresAt ?? $0 : $0) }
    }

    /// The backend was asked to unload something.
    mutating func beginUnload(_ place: Int, now: Instant) {
        self.residents[place].phase = .leaving(since: now)
        self.residents[place].changed = now
    }

    /// Something is gone, and not because there was no room for it: that says nothing about what fits.
    mutating func remove(_ place: Int) {
        if let trial = self.trial, trial.names.contains(self.residents[place].name) { self.trial = nil }
        self.residents.remove(at: place)
    }

    /// A load has got no answer, and nobody waits for one any more.
    mutating func giveUpLoad(_ place: Int, now: Instant) {
        if case .loading(let since) = self.residents[place].phase {
            self.loader.gaveUp(since: since, now: now)
        }
        self.remove(place)
    }

    /// Nothing that was loaded is there any more, as far as nothing of it is active.
    mutating func forgetAll(now: Instant, isActive: (ModelIndex) -> Bool) {
        self.plan = nil
        self.trial = nil
        self.loadEnded(now: now)
        self.residents.removeAll { resident in
            guard !resident.isLoading, let model = resident.model else { return !resident.isLoading }
            return !isActive(model)
        }
    }

    /// Whether it was asked to unload a model, and has not answered.
    func isUnloading(_ model: ModelIndex) -> Bool {
        self.place(of: model).map { self.residents[$0].isLeaving } ?? false
    }

    /// A model has an entry from now on, or no more.
    mutating func link(_ name: ModelName, to model: ModelIndex?) {
        if let place = self.place(of: name) { self.residents[place].model = model }
    }

    /// The memory of all residents.
    var totalBytes: Int64 { self.residents.reduce(0) { $0.addingSaturating($1.bytes) } }

    // MARK: - What it says itself

    /// The backend has listed what it has loaded.
    ///
    /// What changed here after it was asked is left alone, and so is what we load or unload. A resident with active requests stays
    /// too: it was loaded for them.
    ///
    /// - Parameters:
    ///   - list: What it listed; at most ``LoadedModel/most``.
    ///   - asked: When it was asked.
    ///   - model: The entry of a name, if it has one.
    ///   - isActive: Whether a model has active requests there.
    mutating func observe(
        _ list: [LoadedModel],
        asked: Instant,
        now: Instant,
        model: (ModelName) -> ModelIndex?,
        isActive: (ModelIndex) -> Bool
    ) {
        if !self.isObserved { self.time.skip(to: now) }
        self.isObserved = true
        self.failures = 0
        var vanished = false
        let before = (count: self.residents.count, bytes: self.totalBytes)
        self.residents.removeAll { resident in
            guard resident.changed < asked, resident.phase == .loaded else { return false }
            if list.contains(where: { $0.name == resident.name }) { return false }
            if let model = resident.model, isActive(model) { return false }
            vanished = true
            return true
        }
        for loaded in list.prefix(LoadedModel.most) where !loaded.name.isRemote {
            guard let place = self.place(of: loaded.name) else {
                var resident = Resident(name: loaded.name, model: model(loaded.name), changed: now)
                resident.bytes = loaded.bytes
                resident.expiresAt = loaded.expiresAt
                self.append(resident)
                // What it had loaded was known when it was judged.
                if self.loader.isWedged { self.loadEnded(now: now) }
                continue
            }
            if self.residents[place].isLoading { self.loadEnded(now: now) }
            self.residents[place].bytes = loaded.bytes
            self.note(contextLength: loaded.contextLength, of: place, asked: asked)
            guard self.residents[place].changed < asked else { continue }
            if self.residents[place].isLeaving {
                // It was asked to go, and is still there.
                self.residents[place].phase = .loaded
            } else if self.residents[place].isLoading, !self.residents[place].isPreloading,
                !(self.residents[place].model.map(isActive) ?? false)
            {
                // Whoever waited for the load is gone, but it has been done.
                self.loaded(place, now: now)
            }
            self.residents[place].expiresAt = loaded.expiresAt
        }
        self.judge(vanished: vanished, before: before, now: now)
    }

    // MARK: - Requests that name no options

    /// The backend has listed the context length of a runner. If that is another one than before, the runner was loaded anew: by a
    /// request of ours without options, or else by somebody else, with options that are not known.
    private mutating func note(contextLength: Int64?, of place: Int, asked: Instant) {
        let resident = self.residents[place]
        guard let contextLength, resident.phase == .loaded, resident.visitStart < asked else { return }
        defer {
            self.residents[place].contextLength = contextLength
            self.residents[place].isUsedWithoutOptions = false
        }
        guard let before = resident.contextLength, before != contextLength, !resident.options.isEmpty else { return }
        self.residents[place].options = RunnerOptions()
        if resident.isUsedWithoutOptions { self.becomeExact() }
    }

    /// A request without options took as long as a load, although its model was loaded with some. It may have been unloaded by others, so
    /// one such load is not enough to conclude from.
    ///
    /// - Parameter started: When the request was sent.
    mutating func suspectReload(_ place: Int, startedAt started: Instant, now: Instant) {
        if let before = self.suspectedReload, started > before {
            self.residents[place].options = RunnerOptions()
            self.becomeExact()
        } else {
            self.suspectedReload = self.suspectedReload ?? now
        }
    }

    private mutating func becomeExact() {
        self.isExact = true
        for place in self.residents.indices { self.residents[place].isExact = true }
    }

    // MARK: - Without answers

    /// What it said was too long ago.
    mutating func forgetAnswers() {
        self.isExact = false
        self.suspectedReload = nil
        self.isObserved = false
        self.installed = nil
        self.trial = nil
    }

    /// The backend did not say what it has loaded.
    mutating func observationFailed(now: Instant) {
        self.trial = nil
        self.failures += 1
        if self.failures >= Self.maxFailures {
            self.isObserved = false
            self.plan = nil
            self.loadEnded(now: now)
        }
    }

    /// Learns from what a backend listed what fits there together.
    private mutating func judge(vanished: Bool, before: (count: Int, bytes: Int64), now: Instant) {
        if let trial = self.trial {
            if trial.names.contains(where: { self.place(of: $0) == nil }) {
                self.fit.disprove(count: before.count, bytes: before.bytes, now: now)
                self.trial = nil
            } else if !self.isLoading {
                self.trial = nil
            }
        }
        if !self.isLoading, !self.isUnloading, !vanished {
            self.fit.prove(count: self.residents.count, bytes: self.totalBytes)
        }
    }

    /// What has run out by itself is gone. What is used by then is kept, and when it runs out is not known any more.
    ///
    /// - Returns: Whether anything is gone.
    mutating func expire(now: Instant, isActive: (ModelIndex) -> Bool) -> Bool {
        var isGone = false
        for place in self.residents.indices.reversed() {
            guard let expiry = self.residents[place].expiresAt, expiry <= now,
                self.residents[place].phase == .loaded
            else { continue }
            if self.residents[place].model.map(isActive) ?? false {
                self.residents[place].expiresAt = nil
            } else {
                self.remove(place)
                isGone = true
            }
        }
        return isGone
    }
}

/// How many loads were begun, by reason.
package struct LoadCounts: Hashable, Sendable {
    /// There was room.
    package private(set) var room = 0
    /// Another runner had to go.
    package private(set) var turn = 0
    /// A second copy.
    package private(set) var copy = 0
    /// The same model with other options.
    package private(set) var options = 0

    /// By the name of the reason, as listings spell it.
    package var byReason: [(reason: String, count: Int)] {
        [("room", self.room), ("turn", self.turn), ("copy", self.copy), ("options", self.options)]
    }

    /// Those for which something had to go, as it does for all but those for which there was room.
    package var swaps: Int { self.total - self.room }

    /// All.
    package var total: Int { self.room + self.turn + self.copy + self.options }

    mutating func count(_ reason: Resident.Reason) {
        switch reason {
        case .room, .pinned: self.room += 1
        case .turn: self.turn += 1
        case .copy: self.copy += 1
        case .options: self.options += 1
        case .foreign: break
        }
    }
}
