// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /admin/usage` answers (contract section 21).
struct UsageReply: Equatable, Sendable {
    struct Row: Equatable, Sendable {
        /// What the row is of, in the order of `by`.
        let labels: [String]
        let requests: Int
        let completed: Int
        let rejected: Int
        let failed: Int
        let timedOut: Int
        let wouldTimeOut: Int
        let cancelled: Int
        let tokensIn: Int
        let tokensOut: Int
        let slotSeconds: Double
        let waitSeconds: Double
    }

    let from: String
    let to: String
    let by: [String]
    let usage: [Row]
}

extension UsageReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.from = try json.member("from")
        self.to = try json.member("to")
        let by: [String] = try json.member("by")
        let rows: [JSONRow] = try json.member("usage")
        var usage: [Row] = []
        for row in rows { usage.append(try Row(json: row.value, by: by)) }
        self.by = by
        self.usage = usage
    }

    /// A row whose labels are not known yet.
    private struct JSONRow: JSONReadable {
        let value: JSONValue
        init(json: JSONValue) { self.value = json }
    }
}

extension UsageReply.Row {
    fileprivate init(json: JSONValue, by: [String]) throws(JSONMismatch) {
        var labels: [String] = []
        for name in by { labels.append(try json.member(name)) }
        self.labels = labels
        self.requests = try json.member("requests")
        self.completed = try json.member("completed")
        self.rejected = try json.member("rejected")
        self.failed = try json.member("failed")
        self.timedOut = try json.member("timed_out")
        self.wouldTimeOut = try json.member("would_time_out")
        self.cancelled = try json.member("cancelled")
        self.tokensIn = try json.member("tokens_in")
        self.tokensOut = try json.member("tokens_out")
        self.slotSeconds = try json.member("slot_seconds")
        self.waitSeconds = try json.member("wait_seconds")
    }
}
