// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockProxy

/// Finds the member that has a file or a batch job (contract, section 27).
///
/// The one whose tag the id has is asked first, then all others: files may have been made before there was a cluster, or been taken elsewhere.
struct Holders: Sendable {
    /// What came of it.
    enum Finding: Sendable {
        /// A member has it, and this is what it says of it.
        case found(MemberIdentity, MemberAnswer)
        /// The member that made it does not answer, and no other one has it.
        case silent(String)
        /// Nobody who answers has it.
        ///
        /// - Parameter missing: the names of those who do not answer.
        case nobody(missing: [String])
    }

    let cluster: ClusterService
    let members: ClusterMembers

    /// Asks the other members for what has an id.
    ///
    /// - Parameters:
    ///   - id: the id.
    ///   - question: what a member answers with 200 if it has it, and with 404 or 501 if it does not.
    func find(_ id: String, _ question: MemberQuestion) async -> Finding {
        guard HolderTag.isPossible(id), let reading = self.cluster.reading else { return .nobody(missing: []) }
        let tag = HolderTag(of: id)
        let others = reading.members.dropFirst()
        let makers = others.filter { HolderTag(member: $0.name) == tag }
        var missing: [MemberIdentity] = []
        for asked in [makers, others.filter { other in !makers.contains { $0.id == other.id } }] where !asked.isEmpty {
            for (member, answer) in await self.members.askInTurn(asked.map { ($0, question) }) {
                switch answer?.status {
                case 200: if let answer { return .found(member, answer) }
                case 404, 501: break
                default: missing.append(member)
                }
            }
        }
        if let maker = missing.first(where: { HolderTag(member: $0.name) == tag }) { return .silent(maker.name) }
        if makers.isEmpty, let tag, tag != HolderTag(member: reading.me.name),
            let gone = self.cluster.namesOfOthers.first(where: { HolderTag(member: $0) == tag })
        {
            return .silent(gone)
        }
        return .nobody(missing: missing.map(\.name))
    }
}
