// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /queue/events` answers (contract section 24).
struct EventsReply: Equatable, Sendable, JSONReadable {
    struct Event: Equatable, Sendable {
        let number: Int
        let time: String
        let kind: String
        let isTrouble: Bool
        /// What it is about, if that is told.
        let subject: String?
        let before: String?
        /// How it is; of a reload what has changed.
        let after: String?
        /// How many requests were active at the beginning of a drain.
        let active: String?
        let reason: String?
        let by: String?
        let address: String?
        let tool: String?
        /// At which member of a cluster it happened.
        let gateway: String?
    }

    /// The last one first.
    let events: [Event]
    /// From where on they are followed.
    let last: String?

    init(json: JSONValue) throws(JSONMismatch) {
        self.events = try json.member("events")
        self.last = try json.member("last")
    }
}

extension EventsReply.Event: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.number = try json.member("number")
        self.time = try json.member("time")
        self.kind = try json.member("kind")
        self.isTrouble = try json.member("trouble")
        var subject: String?
        for name in ["model", "backend", "client", "request", "setting", "batch", "member"] where subject == nil {
            subject = try json.member(name)
        }
        self.subject = subject
        self.before = try json.member("before")
        let changed: String? = try json.member("changed")
        self.after = try json.member("after") ?? changed
        self.active = try json.member("active")
        self.reason = try json.member("reason")
        self.by = try json.member("by")
        self.address = try json.member("address")
        self.tool = try json.member("tool")
        self.gateway = try json.member("gateway")
    }

    /// What has changed, in one text: `4 at once → 8 at once; why`.
    var change: String {
        let states = [self.before, self.after].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " → ")
        return [states, self.active.map { "\($0) active" } ?? "", self.reason ?? ""].filter { !$0.isEmpty }.joined(
            separator: "; "
        )
    }

    /// Who did it, in one text; empty if it happened by itself.
    var actor: String {
        [self.by, self.address, self.tool, self.gateway.map { "at \($0)" }].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: " ")
    }
}
