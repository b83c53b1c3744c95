// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Whose usage, of what, and when: one row.
package struct UsageKey: Hashable, Sendable {
    /// What stands for clients and models beyond those that are kept apart.
    package static let others = "(others)"

    /// Hours since 1970, UTC.
    package var hour: Int
    /// The client (contract section 10).
    package var client: String
    /// The model, normalised.
    package var model: String

    /// - Parameters:
    ///   - hour: hours since 1970, UTC.
    ///   - client: the client.
    ///   - model: the model.
    package init(hour: Int, client: String, model: String) {
        self.hour = hour
        self.client = client
        self.model = model
    }
}

/// The sums of some requests.
package struct UsageCounts: Equatable, Sendable {
    /// One of the sums: its name in the database, and where it is.
    struct Column: Sendable {
        let name: String
        let path: any WritableKeyPath<UsageCounts, Int> & Sendable
    }

    /// All of them: the one list from which statements and rows are made.
    static let columns = [
        Column(name: "completed", path: \.completed),
        Column(name: "rejected", path: \.rejected),
        Column(name: "failed", path: \.failed),
        Column(name: "timed_out", path: \.timedOut),
        Column(name: "would_time_out", path: \.wouldTimeOut),
        Column(name: "cancelled", path: \.cancelled),
        Column(name: "slot_us", path: \.slotMicroseconds),
        Column(name: "wait_us", path: \.waitMicroseconds),
        Column(name: "tokens_in", path: \.tokensIn),
        Column(name: "tokens_out", path: \.tokensOut),
        Column(name: "tokens_estimated", path: \.tokensEstimated),
    ]

    /// Requests that were answered in full.
    package var completed = 0
    /// Requests that got no slot.
    package var rejected = 0
    /// Requests whose backend failed.
    package var failed = 0
    /// Requests whose deadline came.
    package var timedOut = 0
    /// Requests that would have begun behind their deadline.
    package var wouldTimeOut = 0
    /// Requests that their client, or an operator, broke off.
    package var cancelled = 0
    /// How long slots were held.
    package var slotMicroseconds = 0
    /// How long requests waited, with or without a slot in the end.
    package var waitMicroseconds = 0
    /// Tokens of prompts.
    package var tokensIn = 0
    /// Tokens of answers.
    package var tokensOut = 0
    /// How many of the tokens are an estimate.
    package var tokensEstimated = 0

    package init() {}

    /// All requests.
    package var requests: Int {
        self.completed + self.rejected + self.failed + self.timedOut + self.wouldTimeOut + self.cancelled
    }

    /// Adds other sums.
    package static func += (counts: inout UsageCounts, other: UsageCounts) {
        // Field by field, as a key path costs as much as all else about a request here; a test compares the two.
        counts.completed += other.completed
        counts.rejected += other.rejected
        counts.failed += other.failed
        counts.timedOut += other.timedOut
        counts.wouldTimeOut += other.wouldTimeOut
        counts.cancelled += other.cancelled
        counts.slotMicroseconds += other.slotMicroseconds
        counts.waitMicroseconds += other.waitMicroseconds
        counts.tokensIn += other.tokensIn
        counts.tokensOut += other.tokensOut
        counts.tokensEstimated += other.tokensEstimated
    }
}
