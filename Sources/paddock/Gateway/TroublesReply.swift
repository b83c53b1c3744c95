// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockJSON

/// The reply to `GET /queue/troubles`, and the part of the dashboard's events that is the same.
struct TroublesReply: Equatable, Sendable {
    struct Trouble: Equatable, Sendable {
        let kind: String
        let severity: String
        let text: String
        /// When it began, in RFC 3339.
        let since: String

        /// What is wrong, and since when, in one line.
        var line: String {
            // To the second.
            let time = self.since.split(separator: ".").first.map { $0.hasSuffix("Z") ? String($0) : "\($0)Z" } ?? "-"
            return "\(self.severity): \(self.text) (since \(time))".escapedForTerminal
        }
    }

    /// The worst first; at most 50.
    let troubles: [Trouble]
    /// How many there are.
    let total: Int
    /// How many of them are critical.
    let critical: Int

    /// A line for each, at most so many, and one for the rest.
    func lines(most: Int) -> [String] {
        let shown = self.troubles.prefix(self.total > most ? max(0, most - 1) : most)
        let more = self.total - shown.count
        return shown.map(\.line) + (more > 0 ? ["… and \(more) more"] : [])
    }
}

extension TroublesReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.troubles = try json.member("troubles")
        self.total = try json.member("troubles_total")
        self.critical = try json.member("troubles_critical")
    }
}

extension TroublesReply.Trouble: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.kind = try json.member("kind")
        self.severity = try json.member("severity")
        self.text = try json.member("text")
        self.since = try json.member("since")
    }
}
