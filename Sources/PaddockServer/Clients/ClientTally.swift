// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
package import PaddockProxy

/// What a client did since it is known.
package struct ClientTally: Sendable {
    /// Who it is.
    package private(set) var client: Client
    /// How its requests ended.
    package private(set) var counts = Counts()
    /// When its last request arrived, or was refused.
    package private(set) var lastRequest: Instant?
    private(set) var waits = RecentWaits()
    private(set) var slices = ServiceSlices()

    /// Numbers of requests and tokens.
    package struct Counts: Equatable, Sendable {
        /// Requests that ended; each is in one of the numbers below.
        package var requests = 0
        /// Those that a backend answered.
        package var completed = 0
        /// Those of them that were answered with a status of 400 or above.
        package var errorReplies = 0
        /// Those for which there was no place.
        package var rejected = 0
        /// Those that Paddock answered with a status of 400 to 499: by a quota, or without a key that they needed.
        package var refused = 0
        /// Those that failed.
        package var failed = 0
        /// Those whose time was up.
        package var timedOut = 0
        /// Those that would have been too late.
        package var wouldTimeOut = 0
        /// Those whose client left, or that an operator cancelled.
        package var cancelled = 0
        /// Tokens of prompts.
        package var tokensIn = 0
        /// Tokens of answers.
        package var tokensOut = 0

        /// Nothing.
        package init() {}
    }

    /// - Parameter client: who it is.
    package init(_ client: Client) { self.client = client }

    /// Codes of requests that a quota refuses; they count as rejected for their models.
    private static func isRefusal(_ code: String?) -> Bool {
        switch code {
        case "rate_limit_exceeded", "insufficient_quota", "model_not_allowed": true
        default: false
        }
    }

    /// Requests of it have ended, in this order.
    package mutating func add(_ records: ArraySlice<SharedRecord>) {
        guard let last = records.last else { return }
        self.client = last.record.client
        for record in records { self.add(record) }
    }

    private mutating func add(_ shared: SharedRecord) {
        let ended = shared.record.ended
        self.note(shared.record.arrived ?? ended)
        self.slices.advance(to: ended)
        self.counts.requests += 1
        if Self.isRefusal(shared.record.code) {
            self.counts.refused += 1
            return
        }
        switch shared.record.outcome.total {
        case .completed:
            self.counts.completed += 1
            if (shared.record.status ?? 0) >= 400 { self.counts.errorReplies += 1 }
        case .rejected: self.counts.rejected += 1
        case .refused: self.counts.refused += 1
        case .failed: self.counts.failed += 1
        case .timedOut: self.counts.timedOut += 1
        case .wouldTimeOut: self.counts.wouldTimeOut += 1
        case .cancelled: self.counts.cancelled += 1
        }
        let started = shared.record.started
        if let arrived = shared.record.arrived {
            self.slices.hadWork(from: arrived, to: ended)
            if let started { self.waits.add(started - arrived, at: ended) }
        }
        if let started { self.slices.hadSlot(from: started, to: ended) }
        if let tokens = shared.record.tokens {
            self.counts.tokensIn += Int(tokens.prompt)
            self.counts.tokensOut += Int(tokens.answer)
            self.slices.used(tokens: tokens.total, at: ended)
        }
    }

    /// Requests were refused before they came to a queue.
    mutating func refused(_ count: Int, at time: Instant) {
        self.note(time)
        self.counts.requests += count
        self.counts.refused += count
    }

    /// A live request of it adds to its service.
    mutating func add(_ live: LiveRequest, now: Instant) {
        self.slices.advance(to: now)
        self.slices.hadWork(from: live.arrived, to: now)
        if let started = live.started { self.slices.hadSlot(from: started, to: now) }
        self.note(live.arrived)
    }

    /// Slices are compared with those of other clients.
    mutating func advance(to now: Instant) { self.slices.advance(to: now) }

    private mutating func note(_ time: Instant) { self.lastRequest = max(self.lastRequest ?? time, time) }
}
