// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// A batch job, as OpenAI's API shows it.
struct BatchReply: Equatable, Sendable {
    /// How many of its requests have ended, and how.
    struct Counts: Equatable, Sendable {
        var total = 0
        var completed = 0
        var failed = 0

        /// Those that have ended.
        var done: Int { self.completed + self.failed }
    }

    /// What is wrong with the input.
    struct Problem: Equatable, Sendable {
        var line: Int?
        let code: String?
        let message: String
    }

    let id: String
    var status: String
    let endpoint: String
    var window = "24h"
    let inputFile: String
    var outputFile: String?
    var errorFile: String?
    let createdAt: Int
    /// When its first request ran, in seconds since 1970.
    var startedAt: Int?
    /// When its window ends.
    var expiresAt: Int?
    /// When it ended, however it did.
    var endedAt: Int?
    var counts = Counts()
    var problems: [Problem] = []
    /// The model, if the gateway says it.
    var model: String?
    /// Whose it is, for admins.
    var owner: String?
    /// At which member of a cluster it is, for admins.
    var member: String?

    /// Whether nothing changes any more.
    var isOver: Bool { ["failed", "completed", "expired", "cancelled"].contains(self.status) }
}

extension BatchReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.id = try json.member("id")
        self.status = try json.member("status")
        self.endpoint = try json.member("endpoint")
        self.window = try json.member("completion_window")
        self.inputFile = try json.member("input_file_id")
        self.outputFile = try json.member("output_file_id")
        self.errorFile = try json.member("error_file_id")
        self.createdAt = try json.member("created_at")
        self.startedAt = try json.member("in_progress_at")
        self.expiresAt = try json.member("expires_at")
        for key in ["completed_at", "failed_at", "expired_at", "cancelled_at"] where self.endedAt == nil {
            self.endedAt = try json.member(key)
        }
        let counts: Counts? = try json.member("request_counts")
        self.counts = counts ?? Counts()
        if let errors = json["errors"], errors != .null { self.problems = try errors.member("data") }
        self.model = try json.member("model")
        self.owner = try json.member("owner")
        self.member = try json.member("member")
    }
}

extension BatchReply.Counts: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.total = try json.member("total")
        self.completed = try json.member("completed")
        self.failed = try json.member("failed")
    }
}

extension BatchReply.Problem: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.line = try json.member("line")
        self.code = try json.member("code")
        let message: String? = try json.member("message")
        self.message = message ?? "no reason given"
    }
}

/// Batch jobs, the newest first.
struct BatchesReply: Equatable, Sendable, JSONReadable {
    let data: [BatchReply]
    let hasMore: Bool
    /// The members of a cluster that did not answer.
    let missing: [String]

    init(json: JSONValue) throws(JSONMismatch) {
        self.missing = json["members"]?["missing"]?.array?.compactMap(\.string) ?? []
        self.data = try json.member("data")
        let hasMore: Bool? = try json.member("has_more")
        self.hasMore = hasMore ?? false
    }
}

/// A file that was uploaded.
struct FileObjectReply: Equatable, Sendable, JSONReadable {
    let id: String

    init(json: JSONValue) throws(JSONMismatch) { self.id = try json.member("id") }
}
