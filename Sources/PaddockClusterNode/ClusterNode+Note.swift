// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase
package import PaddockCluster
package import PaddockClusterLink
package import PaddockClusterStore

extension ClusterNode {
    /// What an operator may want to know, when it happens.
    package enum Note: Sendable {
        /// The machine has decided something.
        case action(ClusterAction)
        /// A link has come about, or has ended.
        case linked(MemberIdentity)
        case unlinked(MemberIdentity)
        /// A member has connected again while its old link was still there.
        case linkReplaced(MemberIdentity)
        /// A link did not come about, or was ended, because of what the other side is or sends; nil if it is not known who that is.
        case linkRefused(MemberIdentity?, LinkError)
        /// Another member that is linked has the name of this one: whoever reads the names cannot tell which is meant.
        case sameName(MemberIdentity)
        /// The process of a member has ended.
        case dead(MemberIdentity)
        /// The store does not answer, and answers again.
        case storeFailed(StoreFailure)
        case storeAnswers
    }

    /// What there is to know about the cluster.
    package struct Reading: Sendable {
        /// This member.
        package let me: MemberIdentity
        /// Who leads it; nil while nobody does.
        package let leader: MemberID?
        /// The term of that one.
        package let term: Term?
        /// Whether it is itself coordinator.
        package let isCoordinator: Bool
        /// The other members that are known.
        package let members: [MemberIdentity]
        /// Those with a link.
        package let linked: Set<MemberID>
        /// How it stands to the cluster.
        package let standing: ClusterMachine.Standing
        /// For how long it has had no coordinator, if it had one.
        package let withoutContact: Nanoseconds?
        /// How long the last answers of the members took, if it is coordinator.
        package let roundTrips: [MemberID: Nanoseconds]
        /// What the next process of this installation has to know.
        package let memory: ClusterMachine.Memory
        /// Why the store does not answer; nil if it does.
        package let storeFailure: StoreFailure?
    }
}
