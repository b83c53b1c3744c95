// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /cluster` answers (contract section 27).
struct ClusterReply: Equatable, Sendable, JSONReadable {
    /// A gateway of the cluster.
    struct Member: Equatable, Sendable {
        let name: String
        let role: String
        let address: String
        /// Whether the member that answers has a link to it.
        let isLinked: Bool
        /// Whether it is the member that answers.
        let isSelf: Bool
        /// How many of its requests run; nil if the coordinator does not say.
        let active: Int?
        let waiting: Int?
        /// The keys of which its configuration says something else than the coordinator's.
        let differing: [String]
    }

    struct Store: Equatable, Sendable {
        let address: String
        let isReachable: Bool
        let error: String?
    }

    /// The cluster as one of its members knows it.
    struct Cluster: Equatable, Sendable {
        let role: String
        let term: Int?
        let coordinator: String?
        let withoutContactMs: Double
        let roundTripMs: Double?
        let leaseMs: Double
        let graceMs: Double
        let whenAlone: String
        let store: Store
        let members: [Member]
        let voidGrants: Int
    }

    /// Nil if the gateway is in none.
    let cluster: Cluster?

    init(json: JSONValue) throws(JSONMismatch) {
        let isEnabled: Bool = try json.member("enabled")
        self.cluster = isEnabled ? try Cluster(json: json) : nil
    }
}

extension ClusterReply.Cluster: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.role = try json.member("role")
        self.term = json["term"]?.integer
        self.coordinator = json["coordinator"]?.string
        self.withoutContactMs = try json.member("without_contact_ms")
        self.roundTripMs = json["round_trip_ms"]?.double
        self.leaseMs = try json.member("lease_ms")
        self.graceMs = try json.member("grace_ms")
        self.whenAlone = try json.member("when_alone")
        self.store = try json.member("store")
        self.members = try json.member("members")
        self.voidGrants = json["grants_void"]?.integer ?? 0
    }
}

extension ClusterReply.Store: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.address = try json.member("address")
        self.isReachable = try json.member("ok")
        self.error = json["error"]?.string
    }
}

extension ClusterReply.Member: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.name = try json.member("name")
        self.role = try json.member("role")
        self.address = try json.member("address")
        self.isLinked = try json.member("linked")
        self.isSelf = json["self"]?.bool ?? false
        self.active = json["active"]?.integer
        self.waiting = json["waiting"]?.integer
        self.differing = json["differing"]?.array?.compactMap(\.string) ?? []
    }
}

/// The cluster's part of what `GET /health` answers.
struct ClusterSummary: Equatable, Sendable {
    /// `coordinator`, `member`, `alone` or `starting`.
    let role: String
    let term: Int?
    let coordinator: String?
    let members: Int
    let isStoreReachable: Bool

    /// One line, such as `Cluster: 3 members, coordinator a (this one), term 7, store ok`.
    var line: String {
        var parts = ["\(self.members) member\(self.members == 1 ? "" : "s")"]
        if let coordinator {
            parts.append("coordinator \(coordinator)" + (self.role == "coordinator" ? " (this one)" : ""))
        } else {
            parts.append(self.role == "starting" ? "no coordinator yet" : "no coordinator (this one is \(self.role))")
        }
        if let term { parts.append("term \(term)") }
        parts.append(self.isStoreReachable ? "store ok" : "store does not answer")
        return "Cluster: " + parts.joined(separator: ", ")
    }
}

extension ClusterSummary: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.role = try json.member("role")
        self.term = json["term"]?.integer
        self.coordinator = json["coordinator"]?.string
        self.members = try json.member("members")
        let store: String = try json.member("store")
        self.isStoreReachable = store == "ok"
    }
}
