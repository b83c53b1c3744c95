// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// All models that Paddock keeps an entry for, in one table whose rows are used again.
///
/// A client that invents names must not make it grow: an entry of a model that nobody named is removed as soon as the model is
/// idle and backends have only ever answered with 404; of the others the ones used last are kept. Rule: contract, section 3.
struct ModelTable {
    /// The limits of models that nobody gave limits of their own.
    var defaults: Limits
    /// Who is next.
    var policy: AdmissionPolicy
    /// How many entries of models that nobody named are kept; more only while more are busy.
    private let unnamedLimit: Int
    private var unnamedCount = 0
    private var indices: [ModelName: ModelIndex] = [:]
    /// The entry that was used last, and its name; `nil` if that entry was removed.
    private var lastUsed: ModelIndex?
    private var lastName: ModelName?
    /// Models that nobody named, the one that fell idle longest ago first.
    ///
    /// A model that gets busy stays where it is and moves when it falls idle again, which is nothing to do for the last one.
    /// Busy ones are missing once an eviction has passed them.
    private var fellIdle = IntrusiveList<ModelIndex>()
    /// How many models that nobody named have ever become known.
    private var knownCount = 0
    /// What was counted for models while they were not known.
    ///
    /// A model is known from when somebody names it, or a backend answers it with other than 404; the latter only for as many
    /// models, in the life of the process, as keep entries. So whoever collects statistics over time sees a bounded number of
    /// names, however many clients invent, and no count ever goes back.
    private(set) var unknown = Totals()
    /// What of it does not count since the last reset of all models; what a model had before it was known is in its own totals.
    private(set) var unknownBaseline = Totals()
    /// What happened in the last minutes to models that were not known and have no entry any more.
    private(set) var unknownRecent = RecentWindow()
    private var queues = Table<ModelIndex, ModelQueue>()

    init(defaults: Limits, policy: AdmissionPolicy, unnamedLimit: Int) {
        self.defaults = defaults
        self.policy = policy
        self.unnamedLimit = unnamedLimit
    }

    /// The queue of a model.
    subscript(index: ModelIndex) -> ModelQueue {
        @inline(__always) _read { yield self.queues[index] }
        @inline(__always) _modify { yield &self.queues[index] }
    }

    /// The entry of a model; the one that came last often comes again, and needs no table.
    @inline(__always)
    func index(of name: ModelName) -> ModelIndex? {
        if self.lastName == name { return self.lastUsed }
        return self.indices[name]
    }

    /// The indices of all models, in no order.
    var all: some Collection<ModelIndex> { self.indices.values }

    /// The indices of all models, in the order of their names.
    var inNameOrder: [ModelIndex] { self.indices.values.sorted { self.queues[$0].name < self.queues[$1].name } }

    /// The entry for a request of a model, which keeps it until ``releaseIfIdle(_:removed:)``; a new one if there is none.
    ///
    /// - Parameter removed: Called with each entry that had to go for it.
    /// - Returns: The entry, and whether it is new.
    mutating func entry(
        for name: ModelName,
        now: Instant,
        removed: (ModelIndex) -> Void
    ) -> (index: ModelIndex, isNew: Bool) {
        if let index = self.index(of: name) {
            if index != self.lastUsed { self.remember(index, name) }
            self.queues[index].isBusy = true
            return (index, false)
        }
        let index = self.queues.insert(
            ModelQueue(name: name, limits: self.defaults, since: now)
        )
        self.indices[name] = index
        self.remember(index, name)
        self.unnamedCount += 1
        self.evict(removed)
        return (index, true)
    }

    private mutating func remember(_ index: ModelIndex?, _ name: ModelName?) {
        self.lastUsed = index
        self.lastName = name
    }

    /// Zeroes what was counted for models that have no entry any more.
    mutating func resetUnknown() { self.unknownBaseline = self.unknown }

    /// Keeps a model for ever.
    mutating func markNamed(_ index: ModelIndex) {
        guard !self.queues[index].isNamed else { return }
        self.queues[index].isNamed = true
        self.unlist(index)
        self.unnamedCount -= 1
        self.makeKnown(index)
    }

    /// Notes that backends have answered a model.
    mutating func answered(_ index: ModelIndex) {
        guard !self.queues[index].isKnown, self.queues[index].answers == .other, self.knownCount < self.unnamedLimit
        else { return }
        self.knownCount += 1
        self.makeKnown(index)
    }

    private mutating func makeKnown(_ index: ModelIndex) {
        guard !self.queues[index].isKnown else { return }
        let counted = self.queues[index].becomeKnown()
        self.unknown = self.unknown + counted
        self.unknownBaseline = self.unknownBaseline + counted
    }

    /// Keeps a model no longer for ever. If it is idle, ``releaseIfIdle(_:removed:)`` has to follow.
    mutating func unmarkNamed(_ index: ModelIndex) {
        guard self.queues[index].isNamed else { return }
        self.queues[index].isNamed = false
        self.queues[index].isBusy = true
        self.unnamedCount += 1
    }

    /// Decides about the entry of a model that is idle from now on; nothing if that has been decided already.
    ///
    /// - Parameter removed: Called with each entry that went.
    mutating func releaseIfIdle(_ index: ModelIndex, removed: (ModelIndex) -> Void) {
        guard self.queues[index].isBusy else { return }
        self.queues[index].isBusy = false
        guard !self.queues[index].isNamed else { return }
        if self.queues[index].answers == .onlyNotFound {
            self.remove(index, removed)
        } else {
            if self.fellIdle.last != index {
                self.unlist(index)
                self.fellIdle.append(index, in: &self.queues)
            }
            self.evict(removed)
        }
    }

    private mutating func evict(_ removed: (ModelIndex) -> Void) {
        while self.unnamedCount > self.unnamedLimit, let oldest = self.fellIdle.first {
            if self.queues[oldest].isBusy { self.unlist(oldest) } else { self.remove(oldest, removed) }
        }
    }

    private mutating func remove(_ index: ModelIndex, _ removed: (ModelIndex) -> Void) {
        if !self.queues[index].isKnown {
            self.unknown = self.unknown + self.queues[index].lifetime
            self.unknownBaseline = self.unknownBaseline + self.queues[index].baseline
            self.unknownRecent.merge(self.queues[index].recent)
        }
        self.unlist(index)
        self.indices[self.queues[index].name] = nil
        if self.lastUsed == index { self.remember(nil, nil) }
        self.unnamedCount -= 1
        removed(index)
        self.queues.remove(index)
    }

    private mutating func unlist(_ index: ModelIndex) {
        if self.queues[index].links.isLinked { self.fellIdle.remove(index, in: &self.queues) }
    }
}
