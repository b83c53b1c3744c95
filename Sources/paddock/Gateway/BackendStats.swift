// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// A backend's part of what `GET /queue/stats` answers (contract section 20).
struct BackendStats: Equatable, Sendable {
    struct Resident: Equatable, Sendable {
        let model: String
        let state: String
        let active: Int
        var learnedLimit: Int?
        var limit: Int?
        let bytes: Int
    }

    struct Plan: Equatable, Sendable {
        let model: String
        let victims: [String]
    }

    /// Milliseconds by what the backend did.
    struct Times: Equatable, Sendable {
        var draining = 0.0
        var serving = 0.0
        var loading = 0.0
        var idle = 0.0

        /// The part of the time in which it did not do nothing that it served requests; nil if it did nothing.
        var usefulShare: Double? {
            let useful = self.serving + self.draining
            return useful + self.loading > 0 ? useful / (useful + self.loading) : nil
        }

        static func - (left: Times, right: Times) -> Times {
            Times(
                draining: left.draining - right.draining,
                serving: left.serving - right.serving,
                loading: left.loading - right.loading,
                idle: left.idle - right.idle
            )
        }
    }

    let url: String
    /// Whether it has said what it has loaded.
    let observed: Bool
    let residents: [Resident]
    var plan: Plan?
    /// How many swaps Paddock began there: loads for which there was no room.
    let swaps: Int
    let times: Times
    /// How many requests hold a slot there; nil from an older Paddock.
    var active: Int?
    /// Its replies by class of status, such as `5xx`; nil from an older Paddock.
    var replies: [String: Int]?
    /// Of its last five minutes, from the slot to the first byte, in milliseconds, of nine in ten replies; nil if there were none.
    var firstByteP90: Double?

    /// What is loaded there and what comes next, in one line.
    ///
    /// - Parameter text: A model that is loaded, with its requests.
    func line(_ text: (Resident) -> String) -> String {
        guard self.observed else { return "not known" }
        let loaded = self.residents.map { resident in
            resident.state == "loaded" ? text(resident) : "\(text(resident)) \(resident.state)"
        }
        let next = self.plan.map { ["\($0.model) next"] } ?? []
        return loaded.isEmpty && next.isEmpty ? "nothing" : (loaded + next).joined(separator: ", ")
    }
}

extension BackendStats: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.url = try json.member("url")
        self.observed = try json.member("observed")
        self.residents = try json.member("residents")
        self.plan = try json.member("plan")
        let loads: [String: Int] = try json.member("loads")
        self.swaps = loads.values.reduce(0, +) - (loads["room"] ?? 0)
        self.times = try json.member("time_ms")
        self.active = try json.member("active_requests")
        self.replies = try json.member("replies")
        let recent: Recent? = try json.member("recent")
        self.firstByteP90 = recent?.firstByteP90
    }

    private struct Recent: JSONReadable {
        let firstByteP90: Double?

        init(json: JSONValue) throws(JSONMismatch) { self.firstByteP90 = try json.member("first_byte_ms_p90") }
    }
}

extension BackendStats.Resident: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.state = try json.member("state")
        self.active = try json.member("active")
        self.learnedLimit = try json.member("learned_limit")
        self.limit = try json.member("limit")
        self.bytes = try json.member("bytes")
    }
}

extension BackendStats.Plan: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.victims = try json.member("victims")
    }
}

extension BackendStats.Times: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.draining = try json.member("draining")
        self.serving = try json.member("serving")
        self.loading = try json.member("loading")
        self.idle = try json.member("idle")
    }
}
