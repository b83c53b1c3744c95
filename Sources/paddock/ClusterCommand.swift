// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase

/// `paddock cluster`: the gateways that act as one with the one that is asked.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Show the gateways that act as one: members, coordinator and store.",
        discussion: """
            ACTIVE are the requests of a member that have a slot, WAITING those that wait, SETTINGS whether its configuration says \
            the same as the coordinator's, which holds for all. Each member answers as it knows the others, so ask a second one if \
            one of them is cut off.
            """
    )

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await self.options.show("/cluster", blocks: Self.blocks)
    }

    /// The cluster in a few sentences, and its members as a table.
    static func blocks(_ reply: ClusterReply) -> [Report.Block] {
        guard let cluster = reply.cluster else {
            return [.text("This gateway is in no cluster: cluster.store is not set in its configuration.")]
        }
        let known = cluster.members
        let rows = known.map { member in
            [
                member.name, member.role, member.address,
                member.isSelf ? "this one" : member.isLinked ? "up" : "down",
                member.active.map(String.init) ?? "-", member.waiting.map(String.init) ?? "-",
                member.differing.isEmpty ? "same" : "\(member.differing.count) differ",
            ]
        }
        let table = Table(
            [
                Table.Column(title: "MEMBER", alignment: .left, isFlexible: true),
                Table.Column(title: "ROLE", alignment: .left),
                Table.Column(title: "ADDRESS", alignment: .left, rank: 2, isFlexible: true),
                Table.Column(title: "LINK", alignment: .left, rank: 1),
                Table.Column(title: "ACTIVE"), Table.Column(title: "WAITING"),
                Table.Column(title: "SETTINGS", alignment: .left, rank: 1),
            ],
            rows: rows
        )
        return [.sentences(cluster.lines.map(\.escapedForTerminal)), .wholeTable(table)]
    }
}

extension ClusterReply.Cluster {
    /// What it is and what is wrong with it, in sentences.
    fileprivate var lines: [String] {
        let summary = ClusterSummary(
            role: self.role,
            term: self.term,
            coordinator: self.coordinator,
            members: self.members.count,
            isStoreReachable: self.store.isReachable
        )
        var lines = [summary.line]
        let times = [
            "lease \(NumberText.time(milliseconds: self.leaseMs))",
            "grace \(NumberText.time(milliseconds: self.graceMs))",
            self.roundTripMs.map { "slowest member \(NumberText.time(milliseconds: $0))" },
        ]
        lines.append("Store \(self.store.address), \(times.compactMap(\.self).joined(separator: ", "))")
        switch self.role {
        case "alone":
            let time = NumberText.time(milliseconds: self.withoutContactMs)
            let what = self.whenAlone == "stop" ? "nothing" : "requests within its share of the limits"
            lines.append("It has had no coordinator for \(time), and starts \(what)")
        case "starting": lines.append("It has not found a coordinator yet, and starts nothing")
        default: break
        }
        if let error = self.store.error { lines.append("The store does not answer: \(error)") }
        for member in self.members where !member.differing.isEmpty {
            let keys = member.differing.joined(separator: ", ")
            lines.append("\(member.name) has another configuration, and what the coordinator's says holds: \(keys)")
        }
        if self.voidGrants > 0 { lines.append("\(self.voidGrants) starts came too late and were given back") }
        return lines
    }
}
