// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// One model: its limits, its times and its totals.
///
/// Its waiters are in ``Fleet``, what it has active is counted in ``BackendSlots``.
struct ModelQueue: Linked {
    /// What backends have said about the model so far.
    enum Answers {
        /// No reply yet. Can become: `onlyNotFound`, `other`.
        case none
        /// Only 404: probably no such model exists. Can become: `other`.
        case onlyNotFound
        /// At least one reply that was not 404.
        case other
    }

    let name: ModelName
    /// The limits that hold: an operator's, else the config's, else the defaults.
    private(set) var limits: Limits
    /// What the config says.
    private(set) var configured = LimitOverrides()
    /// What an operator said while it ran.
    private(set) var chosen = LimitOverrides()
    /// Whether the config or an operator named it; such a model is kept for ever.
    var isNamed = false
    /// Whether it has a request, so that it must keep its entry.
    var isBusy = true
    var times = ModelTimes()
    /// What happened in the last minutes.
    private(set) var recent = RecentWindow()
    /// The sum of the instants at which its active requests got their slots.
    ///
    /// It wraps around; what is taken from it for how long they have held them does not.
    private(set) var startedSum: Int64 = 0
    private(set) var answers = Answers.none
    /// Whether it is counted under its own name for good; see ``ModelTable/unknown``.
    private(set) var isKnown = false
    /// What was counted since the model was first seen, or has been known; no reset takes anything away from it.
    private(set) var lifetime = Totals()
    /// What of it does not count since the last reset. Below zero is what counted before the model was known.
    private(set) var baseline = Totals()
    /// When the model was first seen or last reset.
    private(set) var since: Instant
    /// The first request that counts in the totals: those before it arrived before the last reset.
    private var firstCounted: UInt64 = 0
    /// Its neighbours in the list of ``ModelTable``, if it is in there.
    var links = Links<ModelIndex>()

    init(name: ModelName, limits: Limits, since: Instant) {
        self.name = name
        self.limits = limits
        self.since = since
    }

    /// An operator sets one or both limits.
    mutating func choose(_ overrides: LimitOverrides) {
        self.chosen = overrides.orElse(self.chosen)
        self.limits = overrides.applied(to: self.limits)
    }

    /// The config says something, new or as before. What an operator chose stays where the config's own value stays.
    mutating func configure(_ overrides: LimitOverrides, defaults: Limits) {
        self.chosen = self.chosen.kept(from: self.configured, to: overrides)
        self.configured = overrides
        self.limits = self.chosen.orElse(overrides).applied(to: defaults)
    }

    /// The mean processing time of the requests that completed since then with no error for a reply; zero where none did.
    var averageProcessing: Nanoseconds { (self.lifetime.processing - self.baseline.processing).mean }

    /// Zeroes the totals; requests that arrived before number `sequence` will not count any more.
    mutating func resetTotals(now: Instant, sequence: UInt64) {
        self.baseline = self.lifetime
        self.since = now
        self.firstCounted = sequence
    }

    /// Counts the model under its own name from now on.
    ///
    /// - Returns: What was counted before; it stays in ``totals``.
    mutating func becomeKnown() -> Totals {
        defer { self.lifetime = Totals() }
        self.isKnown = true
        self.baseline = self.baseline - self.lifetime
        return self.lifetime
    }

    /// Counts something on account of a request; it is baseline at once if the request arrived before the last reset.
    private mutating func count(_ ticket: Ticket, _ change: (inout Totals) -> Void) {
        change(&self.lifetime)
        if ticket.sequence < self.firstCounted { change(&self.baseline) }
    }

    /// Counts a request that arrives.
    mutating func countArrival(now: Instant) {
        self.lifetime.requests += 1
        self.recent.arrived(now: now)
    }

    /// Counts a request that ended at its arrival.
    mutating func countArrival(that ending: Ending, now: Instant) {
        self.lifetime.count(ending)
        self.recent.ended(ending, now: now)
    }

    /// Counts a request that ended while it waited.
    mutating func count(_ ticket: Ticket, _ ending: Ending, now: Instant) {
        self.count(ticket) { $0.count(ending) }
        self.recent.ended(ending, now: now)
    }

    /// A request got a slot.
    mutating func start(_ slot: Slot, isBatch: Bool) {
        self.startedSum &+= slot.started.nanoseconds
        self.count(slot.ticket) { $0.start(slot) }
        self.recent.started(slot, isBatch: isBatch)
    }

    /// A request with a slot waits again, as if it had never had one.
    mutating func undoStart(_ slot: Slot, isBatch: Bool) {
        self.startedSum &-= slot.started.nanoseconds
        self.count(slot.ticket) { $0.undoStart(slot) }
        self.recent.undoStart(slot, isBatch: isBatch)
    }

    /// Something was relayed of a reply.
    mutating func progress(_ progress: ReplyProgress, _ slot: Slot) {
        self.count(slot.ticket) { $0.progress(progress, started: slot.started) }
    }

    /// Counts the end of a request that held a slot, and learns from it whether the model exists and how long it takes.
    ///
    /// - Parameter isLoad: Whether it ran nothing, so that it says nothing of how long requests take.
    mutating func end(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, isLoad: Bool, now: Instant) {
        self.startedSum &-= slot.started.nanoseconds
        if ending == .completed {
            if progress.status != 404 {
                self.answers = .other
            } else if self.answers == .none {
                self.answers = .onlyNotFound
            }
            if !progress.isError, !isLoad {
                let processing = now.nanoseconds - slot.started.nanoseconds
                let firstByte = progress.firstByte.map { $0.nanoseconds - slot.started.nanoseconds }
                self.times.completed(processing: processing, firstByte: firstByte, isStream: progress.isStream)
            }
        }
        self.count(slot.ticket) { $0.end(slot, ending, progress, now: now) }
        self.recent.ended(slot, ending, progress, now: now)
    }
}
