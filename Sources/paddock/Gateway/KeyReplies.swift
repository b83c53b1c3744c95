// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /admin/keys` answers (contract section 22).
struct KeysReply: Equatable, Sendable, JSONReadable {
    let keys: [KeyReply]

    init(json: JSONValue) throws(JSONMismatch) { self.keys = try json.member("keys") }
}

/// A client with a key, as the gateway shows it.
struct KeyReply: Equatable, Sendable, JSONReadable {
    /// A line: what it is, and its value.
    struct Line: Equatable, Sendable {
        let name: String
        let text: String
    }

    let name: String
    /// A key that was made just now.
    let key: String?
    let requestClass: String
    let weight: String
    /// What is limited, by the names of the configuration.
    let limits: [Line]
    let created: String
    let expires: String?
    let lastUsed: String?
    let oldKeyUntil: String?
    /// Whether the configuration file declares a client of the name, which counts instead.
    let isDeclared: Bool
    /// What it has used.
    let used: [Line]

    private static let limitKeys = [
        "parallel_limit", "queue_limit", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "models",
    ]

    init(json: JSONValue) throws(JSONMismatch) {
        self.name = try json.member("name")
        self.key = json["key"]?.string
        self.requestClass = try json.member("class")
        self.weight = json["weight"].map(Self.text) ?? "1"
        self.limits = Self.lines(json, Self.limitKeys)
        self.created = try json.member("created")
        self.expires = json["expires"]?.string
        self.lastUsed = json["last_used"]?.string
        self.oldKeyUntil = json["old_key_until"]?.string
        self.isDeclared = json["declared_in_file"]?.bool ?? false
        self.used = json["used"].map { used in Self.lines(used, used.object?.members.map(\.key) ?? []) } ?? []
    }

    /// All that is known, a line each.
    var lines: [Line] {
        [Line(name: "client", text: self.name), Line(name: "class", text: self.requestClass)]
            + [Line(name: "weight", text: self.weight)] + self.limits
            + [Line(name: "created", text: self.created), Line(name: "expires", text: self.expires ?? "never")]
            + [Line(name: "last used", text: self.lastUsed ?? "never")]
            + (self.oldKeyUntil.map { [Line(name: "old key until", text: $0)] } ?? []) + self.used
    }

    private static func lines(_ json: JSONValue, _ keys: [String]) -> [Line] {
        keys.compactMap { key in
            guard let value = json[key], value != .null else { return nil }
            return Line(name: key, text: Self.text(value))
        }
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? value.array.map { $0.compactMap(\.string).joined(separator: " ") } ?? value.text
    }
}

/// What `POST /admin/keys/revoke` answers.
struct RevokedReply: Equatable, Sendable, JSONReadable {
    let name: String

    init(json: JSONValue) throws(JSONMismatch) { self.name = try json.member("name") }
}
