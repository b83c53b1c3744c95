// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /queue/clients` answers to those who may see clients (contract section 25).
struct ClientsReply: Equatable, Sendable, JSONReadable {
    /// How many are known.
    let total: Int
    /// Those that were asked for; nil if whoever asks may only see how many there are.
    let clients: [Client]?

    /// What a client does and did.
    struct Client: Equatable, Sendable, JSONReadable {
        let name: String
        let requestClass: String?
        let weight: Double
        let isPaused: Bool
        let cap: Int?
        let running: Int
        let waiting: Int
        let share: Double?
        let fairShare: Double?
        let waitP50: Double?
        let waitP90: Double?
        let requests: Int
        let completed: Int
        let errorReplies: Int
        let rejected: Int
        let failed: Int
        let timedOut: Int
        let wouldTimeOut: Int
        let cancelled: Int
        let refused: Int
        let tokensIn: Int
        let tokensOut: Int
        let lastRequest: String?

        init(json: JSONValue) throws(JSONMismatch) {
            self.name = try json.member("client")
            self.requestClass = json["class"]?.string
            self.weight = try json.member("weight")
            self.isPaused = json["paused"]?.bool ?? false
            self.cap = json["cap"]?.integer
            self.running = try json.member("running")
            self.waiting = try json.member("waiting")
            self.share = json["share"]?.double
            self.fairShare = json["fair_share"]?.double
            self.waitP50 = json["wait_ms_p50"]?.double
            self.waitP90 = json["wait_ms_p90"]?.double
            self.requests = try json.member("requests")
            self.completed = try json.member("completed")
            self.errorReplies = try json.member("error_replies")
            self.rejected = try json.member("rejected")
            self.failed = try json.member("failed")
            self.timedOut = try json.member("timed_out")
            self.wouldTimeOut = try json.member("would_time_out")
            self.cancelled = try json.member("cancelled")
            self.refused = try json.member("refused")
            self.tokensIn = try json.member("tokens_in")
            self.tokensOut = try json.member("tokens_out")
            self.lastRequest = json["last_request"]?.string
        }

        /// What an operator has ordered of it, in a word or two; a dash for nothing.
        var order: String {
            let cap = self.cap.map { "cap \($0)" }
            return self.isPaused ? "paused" + (cap.map { ", \($0)" } ?? "") : cap ?? "-"
        }

        /// How many requests of it were not served, whatever the reason.
        var notServed: Int {
            self.rejected + self.failed + self.timedOut + self.wouldTimeOut + self.cancelled + self.refused
        }
    }

    init(json: JSONValue) throws(JSONMismatch) {
        self.total = try json.member("total")
        self.clients = try json.member("clients")
    }
}

/// What `POST /admin/clients/…` answers.
struct OrderReply: Equatable, Sendable, JSONReadable {
    let client: String
    let isPaused: Bool
    let cap: Int?
    /// Whether the gateway knows a client of that name.
    let isKnown: Bool

    init(json: JSONValue) throws(JSONMismatch) {
        self.client = try json.member("client")
        self.isPaused = try json.member("paused")
        self.cap = json["cap"]?.integer
        self.isKnown = try json.member("known")
    }
}
