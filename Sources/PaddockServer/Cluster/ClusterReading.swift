// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockClusterNode
internal import PaddockClusterStore
internal import PaddockConfiguration
internal import PaddockJSON

/// What a member knows of its cluster.
struct ClusterReading: Sendable {
    /// What a member is.
    enum Role: String, CaseIterable, Sendable {
        /// It decides for all.
        case coordinator
        /// It is led by a coordinator.
        case member
        /// It has lost its coordinator.
        case alone
        /// It has not had a coordinator yet, and starts nothing.
        case starting
    }

    private let node: ClusterNode.Reading
    private let counts: [MemberID: (held: Int, waiting: Int)]
    private let settings: ClusterSettings
    private let differing: [MemberID: [String]]
    /// How many grants came too late to be carried out.
    let voidGrants: Int

    init(
        _ node: ClusterNode.Reading,
        _ settings: ClusterSettings,
        _ admission: ClusterAdmission,
        differing: [MemberID: [String]]
    ) {
        (self.node, self.settings, self.differing) = (node, settings, differing)
        (self.counts, self.voidGrants) = (admission.counts, admission.voidGrants)
    }

    /// What this member is.
    var role: Role {
        if self.node.isCoordinator { return .coordinator }
        return switch self.node.standing {
        case .starting: .starting
        case .led: .member
        case .alone: .alone
        }
    }

    /// Whether requests are served now, or will be when a slot is free.
    var isServing: Bool {
        switch self.role {
        case .coordinator, .member: true
        case .alone: self.settings.whenAlone == .share
        case .starting: false
        }
    }

    /// The term of the coordinator; nil without one.
    var term: UInt64? { self.node.term?.number }

    /// The coordinator; nil without one.
    var leader: MemberID? { self.node.leader }

    /// Its name.
    var leaderName: String? { self.node.leader.flatMap(self.name) }

    /// All members, this one first.
    var members: [MemberIdentity] { [self.node.me] + self.node.members }

    /// The other members that there is a link with.
    var linked: [MemberIdentity] { self.node.members.filter { self.node.linked.contains($0.id) } }

    /// This member.
    var me: MemberIdentity { self.node.me }

    /// For how long it has had no coordinator; zero while it has one.
    var withoutContact: Nanoseconds { self.node.withoutContact ?? .zero }

    /// The longest of the members' last answers; nil if this one is not coordinator.
    var roundTrip: Nanoseconds? { self.node.roundTrips.filter { $0.key != self.node.me.id }.values.max() }

    /// Why the store does not answer; nil if it does.
    var storeTrouble: String? { self.node.storeFailure?.text }

    /// The members whose configuration says something else than this one's, by name, and of which keys.
    var differingMembers: [(member: String, keys: [String])] {
        self.differing.compactMap { id, keys in keys.isEmpty ? nil : self.name(of: id).map { ($0, keys) } }
            .sorted { $0.member < $1.member }
    }

    /// Where the store is, without its password.
    var storeAddress: String { self.settings.store.description }

    /// The name of a member; nil if it is not known.
    func name(of member: MemberID) -> String? { self.members.first { $0.id == member }?.name }

    /// Who is in an answer for all members, and who is not, as clients are told.
    func account(of answers: [(member: MemberIdentity, answer: MemberAnswer?)]) -> JSONValue {
        let known = Set(answers.map(\.member.id))
        let silent = answers.filter { $0.answer == nil }.map(\.member) + self.members.filter { !known.contains($0.id) }
        return Self.account(answered: answers.filter { $0.answer != nil }.map(\.member), missing: silent)
    }

    /// The same if all were asked.
    ///
    /// - Parameter missing: who has not answered.
    func account(missing: Set<MemberID>) -> JSONValue {
        Self.account(
            answered: self.members.filter { !missing.contains($0.id) },
            missing: self.members.filter { missing.contains($0.id) }
        )
    }

    private static func account(answered: [MemberIdentity], missing: [MemberIdentity]) -> JSONValue {
        var account = JSONObject()
        account.append("answered", .array(answered.map { .string($0.name) }))
        account.append("missing", .array(missing.map { .string($0.name) }))
        return .object(account)
    }

    /// Its part of `GET /health`.
    var healthJSON: JSONText {
        .object { json in
            json.member("role", self.role.rawValue)
            json.member("term", self.term.map { Int($0) })
            json.member("coordinator", self.leaderName)
            json.member("members", self.members.count)
            json.member("store", self.storeTrouble == nil ? "ok" : "error")
        }
    }

    /// The reply to `GET /cluster`.
    ///
    /// - Parameter members: the members as the coordinator knows them; nil if this one is coordinator, or there is none.
    func json(members: [JSONValue]?) -> JSONText {
        .object { json in
            json.member("enabled", true)
            json.member("name", self.node.me.name)
            json.member("id", self.node.me.id.text)
            json.member("role", self.role.rawValue)
            json.member("term", self.term.map { Int($0) })
            json.member("coordinator", self.leaderName)
            json.milliseconds("without_contact_ms", self.withoutContact, decimals: 0)
            json.milliseconds("round_trip_ms", self.roundTrip, decimals: 2)
            json.milliseconds("lease_ms", Nanoseconds(self.settings.lease), decimals: 0)
            json.milliseconds("grace_ms", Nanoseconds(self.settings.grace), decimals: 0)
            json.member("when_alone", self.settings.whenAlone.rawValue)
            json.object("store") { json in
                json.member("address", self.settings.store.description)
                json.member("ok", self.storeTrouble == nil)
                json.member("error", self.storeTrouble)
            }
            json.array("members") { json in
                for member in self.members {
                    let isMe = member.id == self.node.me.id
                    let known = members?.first { $0["id"]?.string == member.id.text }
                    let counts = self.counts[member.id] ?? (self.role == .coordinator ? (0, 0) : nil)
                    json.object { json in
                        json.member("name", member.name)
                        json.member("id", member.id.text)
                        json.member("address", member.address)
                        json.member("role", member.id == self.leader ? Role.coordinator.rawValue : Role.member.rawValue)
                        json.member("linked", isMe || self.node.linked.contains(member.id))
                        json.member("self", isMe)
                        json.member("active", counts?.held ?? known?["active"]?.integer)
                        json.member("waiting", counts?.waiting ?? known?["waiting"]?.integer)
                        let theirs = known?["differing"]?.array?.compactMap(\.string) ?? []
                        json.member("differing", self.differing[member.id] ?? theirs)
                    }
                }
            }
            json.member("grants_void", self.voidGrants)
        }
    }
}
