// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The index of a client in ``Quotas``.
struct QuotaIndex: TableIndex {
    let row: Int32

    /// In place of an index, for a request whose client has no quota.
    static var none: QuotaIndex { QuotaIndex(row: -1) }

    /// Whether it is the index of a client.
    var exists: Bool { self.row >= 0 }
}

/// What the clients that have a quota use of it, and what operators have ordered of clients at run time.
///
/// It decides what is refused, and knows which clients are *at their limit*: they have as many requests with a slot as they may, which is
/// none for one that is paused. Their waiters keep their entries, but no queue starts them.
struct Quotas {
    /// Where requests of a client wait.
    struct QueueEntry: Equatable {
        let runner: RunnerIndex
        /// Its entry in the queue of that runner, which stays the same while requests wait there.
        let client: ClientIndex
        fileprivate var waiters = 1
    }

    private struct Row {
        let name: String
        var quota = Quota() {
            didSet { self.noteLimit() }
        }
        var order = ClientOrder() {
            didSet { self.noteLimit() }
        }
        /// How many of its requests may hold a slot at once.
        private(set) var limit = Int.max
        var active = 0
        var queued = 0
        var requests = MinuteWindow()
        var tokens = MinuteWindow()
        /// The day of ``dayTokens``, since 1970.
        var day: Int64 = 0
        var dayTokens = 0
        var reserved = 0
        /// What its next request is expected to use, and what of that the prompt is.
        var expected = Quotas.firstExpectation
        var expectedPrompt = Quotas.firstExpectation / 2
        /// How many of its requests have to keep to the number of tokens that they state until such a number is believed again.
        var doubts = 0
        var entries: [QueueEntry] = []

        /// The tokens that are reserved for its next request.
        ///
        /// - Parameter answer: The most tokens that the answer is to have, as it says; 0 if it does not say.
        func reservation(_ answer: Int32) -> Int32 {
            guard answer > 0 else { return Int32(clamping: self.expected) }
            // More than the whole quota keeps out no more than the quota does.
            let most = min(self.quota.tokensPerMinute ?? .max, self.quota.tokensPerDay ?? .max)
            let stated = self.expectedPrompt + min(Int(answer), most)
            return Int32(clamping: self.doubts > 0 ? max(stated, self.expected) : stated)
        }

        private mutating func noteLimit() {
            self.limit = self.order.isPaused ? 0 : min(self.quota.parallel ?? .max, self.order.parallel ?? .max)
        }

        var isAtLimit: Bool { self.active >= self.limit }
    }

    /// How many tokens the first request of a client is expected to use.
    static let firstExpectation = 1_000
    /// See ``Row/doubts``.
    private static let maxDoubts = 16
    private static let nanosecondsPerDay: Int64 = 86_400_000_000_000

    private var rows = Table<QuotaIndex, Row>()
    private var indices: [String: QuotaIndex] = [:]
    /// What an instant lacks to be nanoseconds since 1970.
    private var clockOffset: Int64 = 0

    /// The row of a client; none if it has no quota.
    func index(of client: Client) -> QuotaIndex {
        // Most gateways have none.
        if self.indices.isEmpty { return .none }
        return self.indices[client.name] ?? .none
    }

    /// The clients that have a quota, in the order of their names.
    var names: [String] {
        self.indices.filter { !self.rows[$0.value].quota.isEmpty }.map(\.key).sorted()
    }

    // MARK: - Changes from outside

    /// Applies other quotas; what was used stays.
    ///
    /// - Returns: The clients that had none before, of whose live requests nothing is known here.
    @discardableResult
    mutating func configure(_ quotas: [String: Quota]) -> [String: QuotaIndex] {
        var new: [String: QuotaIndex] = [:]
        for index in self.indices.values { self.rows[index].quota = quotas[self.rows[index].name] ?? Quota() }
        for (name, quota) in quotas where self.indices[name] == nil && !quota.isEmpty {
            var row = Row(name: name)
            row.quota = quota
            new[name] = self.rows.insert(row)
        }
        self.indices.merge(new) { known, _ in known }
        return new
    }

    /// Applies other orders; a client of which they say nothing has none.
    ///
    /// - Returns: The clients of which nothing was known before, and those that are no longer at their limit.
    mutating func obey(_ orders: [String: ClientOrder]) -> (new: [String: QuotaIndex], freed: [QuotaIndex]) {
        var (new, freed): ([String: QuotaIndex], [QuotaIndex]) = ([:], [])
        for index in self.indices.values {
            let wasAtLimit = self.rows[index].isAtLimit
            self.rows[index].order = orders[self.rows[index].name] ?? ClientOrder()
            if wasAtLimit, !self.rows[index].isAtLimit { freed.append(index) }
        }
        for (name, order) in orders where self.indices[name] == nil && !order.isEmpty {
            var row = Row(name: name)
            row.order = order
            new[name] = self.rows.insert(row)
        }
        self.indices.merge(new) { known, _ in known }
        return (new, freed)
    }

    /// Where requests of a client wait.
    func entries(of index: QuotaIndex) -> [QueueEntry] { self.rows[index].entries }

    /// The clients that are paused, by their names, and all others of which something is known.
    var pauses: [String: Bool] { self.indices.mapValues { self.rows[$0].order.isPaused } }

    /// Whether none of a client's requests starts, as an operator has paused it.
    func isPaused(_ index: QuotaIndex) -> Bool { index.exists && self.rows[index].order.isPaused }

    /// All clients, and whether they are at their limit, with the entries at which they wait.
    var entries: [(entries: [QueueEntry], isAtLimit: Bool)] {
        self.indices.values.map { (self.rows[$0].entries, self.rows[$0].isAtLimit) }
    }

    /// The clock of the machine was compared with that of the world.
    ///
    /// - Parameter offset: What an instant lacks to be nanoseconds since 1970.
    mutating func setClock(offset: Int64) { self.clockOffset = offset }

    /// A client has used at least so many tokens in a day, of which some may be counted here already.
    ///
    /// - Parameter day: The day, since 1970.
    mutating func noteUsed(atLeast tokens: Int, by name: String, day: Int64) {
        guard let index = self.indices[name] else { return }
        if self.rows[index].day < day { (self.rows[index].day, self.rows[index].dayTokens) = (day, 0) }
        if self.rows[index].day == day { self.rows[index].dayTokens = max(self.rows[index].dayTokens, tokens) }
    }

    /// How much of its quota a client has used; nil if it has none.
    mutating func standing(of name: String, now: Instant) -> QuotaStanding? {
        guard let index = self.indices[name], !self.rows[index].quota.isEmpty else { return nil }
        self.advance(index, now: now)
        let row = self.rows[index]
        return QuotaStanding(
            quota: row.quota,
            active: row.active,
            queued: row.queued,
            requestsOfMinute: row.requests.sum,
            secondsUntilAllRequests: row.requests.secondsUntil(below: 1),
            tokensOfMinute: row.tokens.sum,
            secondsUntilAllTokens: row.tokens.secondsUntil(below: 1),
            tokensOfDay: row.dayTokens,
            secondsOfDayLeft: self.secondsOfDayLeft(now: now),
            reserved: row.reserved
        )
    }

    // MARK: - Time

    private func sinceEpoch(_ now: Instant) -> Int64 { max(0, now.nanoseconds &+ self.clockOffset) }

    private func secondsOfDayLeft(now: Instant) -> Int {
        let left = Self.nanosecondsPerDay - self.sinceEpoch(now) % Self.nanosecondsPerDay
        return Int((left + 999_999_999) / 1_000_000_000)
    }

    /// A day ends by the world's clock, a minute by the machine's: what somebody sets must not give a client a second minute.
    private mutating func advance(_ index: QuotaIndex, now: Instant) {
        let second = max(0, now.nanoseconds / 1_000_000_000)
        self.rows[index].requests.advance(to: second)
        self.rows[index].tokens.advance(to: second)
        let day = self.sinceEpoch(now) / Self.nanosecondsPerDay
        // A clock that is set back gives nobody a day again.
        if day > self.rows[index].day { (self.rows[index].day, self.rows[index].dayTokens) = (day, 0) }
    }

    // MARK: - Requests

    /// Why a request that arrives is refused; nil if it is not.
    mutating func refusal(_ index: QuotaIndex, _ model: ModelName, now: Instant) -> QuotaRefusal? {
        guard index.exists else { return nil }
        self.advance(index, now: now)
        let quota = self.rows[index].quota
        if let models = quota.models, !models.contains(where: { $0.matches(model) }) { return .model }
        if let limit = quota.requestsPerMinute, self.rows[index].requests.sum >= limit {
            return .requestsPerMinute(limit: limit, retryAfter: self.rows[index].requests.secondsUntil(below: limit))
        }
        let reserved = self.rows[index].reserved
        if let limit = quota.tokensPerDay, case let used = self.rows[index].dayTokens, used + reserved >= limit {
            // What is reserved may turn out to be less at any time.
            let seconds = used >= limit ? self.secondsOfDayLeft(now: now) : 1
            return .tokensPerDay(limit: limit, used: used, reserved: reserved, retryAfter: seconds)
        }
        if let limit = quota.tokensPerMinute, case let used = self.rows[index].tokens.sum, used + reserved >= limit {
            let seconds = max(1, self.rows[index].tokens.secondsUntil(below: limit))
            return .tokensPerMinute(limit: limit, used: used, reserved: reserved, retryAfter: seconds)
        }
        return nil
    }

    /// The most requests of a client that may wait, if that many do; nil if one more may.
    func fullQueue(_ index: QuotaIndex) -> Int? {
        guard index.exists, let limit = self.rows[index].quota.queue, self.rows[index].queued >= limit else {
            return nil
        }
        return limit
    }

    /// Whether a client has as many requests with a slot as it may.
    func isAtLimit(_ index: QuotaIndex) -> Bool { index.exists && self.rows[index].isAtLimit }

    /// A request is accepted.
    ///
    /// - Parameter maxAnswerTokens: The most tokens that its answer is to have, as it says; 0 if it does not say.
    /// - Returns: The tokens that are reserved for it.
    mutating func accepted(_ index: QuotaIndex, _ maxAnswerTokens: Int32) -> Int32 {
        guard index.exists else { return 0 }
        self.rows[index].requests.add(1)
        let reservation = self.rows[index].reservation(maxAnswerTokens)
        self.rows[index].reserved += Int(reservation)
        return reservation
    }

    /// A request waits.
    mutating func enqueued(_ index: QuotaIndex, _ runner: RunnerIndex, _ client: ClientIndex) {
        guard index.exists else { return }
        self.rows[index].queued += 1
        if let entry = self.rows[index].entries.firstIndex(where: { $0.runner == runner && $0.client == client }) {
            self.rows[index].entries[entry].waiters += 1
        } else {
            self.rows[index].entries.append(QueueEntry(runner: runner, client: client))
        }
    }

    /// A request waits no more.
    mutating func dequeued(_ index: QuotaIndex, _ runner: RunnerIndex, _ client: ClientIndex) {
        guard index.exists else { return }
        self.rows[index].queued -= 1
        guard let entry = self.rows[index].entries.firstIndex(where: { $0.runner == runner && $0.client == client })
        else { return }
        self.rows[index].entries[entry].waiters -= 1
        if self.rows[index].entries[entry].waiters == 0 {
            self.rows[index].entries.swapAt(entry, self.rows[index].entries.count - 1)
            self.rows[index].entries.removeLast()
        }
    }

    /// A request gets a slot.
    ///
    /// - Returns: Where requests of its client wait that must not start, if it is at its limit now.
    mutating func started(_ index: QuotaIndex) -> [QueueEntry] {
        guard index.exists else { return [] }
        self.rows[index].active += 1
        return self.rows[index].active == self.rows[index].limit ? self.rows[index].entries : []
    }

    /// A request gives its slot back.
    ///
    /// - Returns: Where requests of its client wait that may start, if it is no longer at its limit.
    mutating func ended(_ index: QuotaIndex) -> [QueueEntry] {
        guard index.exists else { return [] }
        let wasAtLimit = self.rows[index].isAtLimit
        self.rows[index].active -= 1
        return wasAtLimit && !self.rows[index].isAtLimit ? self.rows[index].entries : []
    }

    /// A request has used tokens.
    ///
    /// - Parameter maxAnswerTokens: The most that its answer was to have, as it said; 0 if it did not say.
    mutating func used(_ index: QuotaIndex, _ tokens: TokenCounts, ofAtMost maxAnswerTokens: Int32, now: Instant) {
        guard index.exists else { return }
        self.advance(index, now: now)
        let count = tokens.total
        self.rows[index].tokens.add(count)
        self.rows[index].dayTokens += count
        self.rows[index].expected = Self.expectation(self.rows[index].expected, after: count)
        self.rows[index].expectedPrompt = Self.expectation(self.rows[index].expectedPrompt, after: Int(tokens.prompt))
        guard maxAnswerTokens > 0 else { return }
        // A backend may not know the field, or give several answers.
        if tokens.answer > maxAnswerTokens {
            self.rows[index].doubts = Self.maxDoubts
        } else if self.rows[index].doubts > 0 {
            self.rows[index].doubts -= 1
        }
    }

    /// The most of the last ones, so that few requests use more than was reserved for them.
    private static func expectation(_ expected: Int, after count: Int) -> Int {
        max(1, count, expected - (expected - count) / 8)
    }

    /// A request has ended, or left its queue for good.
    mutating func released(_ index: QuotaIndex, reserved: Int32) {
        guard index.exists else { return }
        self.rows[index].reserved -= Int(reserved)
    }
}
