// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What is wrong with the cluster, as far as this member knows it.
extension TroubleRules {
    /// No coordinator, members that are cut off, and a store that does not answer.
    static func cluster(_ reading: TroubleReading) -> [TroubleFinding] {
        guard let cluster = reading.cluster else { return [] }
        var findings: [TroubleFinding] = []
        if !cluster.hasCoordinator {
            let what =
                cluster.isServing
                ? "serves no more than its share of the limits"
                : "starts nothing: /health/ready keeps clients away"
            findings.append(
                TroubleFinding(
                    kind: .noCoordinator,
                    severity: cluster.isServing ? .warning : .critical,
                    text:
                        "This member of the cluster has no coordinator, and \(what). Can it reach the other members and the store?"
                )
            )
        }
        if !cluster.unlinked.isEmpty {
            let count = cluster.unlinked.count
            let names = cluster.unlinked.prefix(5).map { $0.cut(to: Self.longestName) }.joined(separator: ", ")
            let rest = count > 5 ? " and \(count - 5) more" : ""
            let what = "The slots that silent members hold are kept for them for cluster.grace"
            findings.append(
                TroubleFinding(
                    kind: .memberSilent,
                    text:
                        "\(count) of the other members of the cluster \(count == 1 ? "is" : "are") not linked with this one. \(what)",
                    fullText:
                        "This member of the cluster has no link with \(names)\(rest). \(what): does the process hang, or is the "
                        + "network cut?"
                )
            )
        }
        if let (member, keys) = cluster.differing.first {
            let more = cluster.differing.count - 1
            let what =
                "another configuration than the coordinator, whose values hold for all (\(keys.joined(separator: ", "))): a new coordinator "
                + "would bring its own"
            findings.append(
                TroubleFinding(
                    kind: .membersDiffer,
                    text: "A member of the cluster has \(what)",
                    fullText:
                        "The member \(member.cut(to: Self.longestName))\(more > 0 ? " (and \(more) more)" : "") of the cluster has \(what)"
                )
            )
        }
        if let store = cluster.store {
            let what = "nothing stops, but a member that starts finds no other, and no coordinator can be replaced"
            findings.append(
                TroubleFinding(
                    kind: .clusterStoreDown,
                    text: "The store of the cluster does not answer: \(what)",
                    fullText: "The store of the cluster, \(store.address), does not answer (\(store.trouble)): \(what)"
                )
            )
        }
        return findings
    }
}
