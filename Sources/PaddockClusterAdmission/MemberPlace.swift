// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
package import PaddockCluster

/// Where a request of a member is in the queue of all members.
package struct MemberPlace: Hashable, Sendable {
    /// The member.
    package let member: MemberID
    /// The request's number there: that of its ticket.
    package let number: UInt64
    /// Where it is.
    package let waiting: WaitingRequest

    /// Says where a request is.
    package init(member: MemberID, number: UInt64, waiting: WaitingRequest) {
        (self.member, self.number, self.waiting) = (member, number, waiting)
    }
}

/// Which requests are asked for that wait.
package struct PlaceSearch: Hashable, Sendable {
    /// Their model; nil for all.
    package var model: ModelName?
    /// The name of their client; nil for all.
    package var client: String?
    /// Their member; nil for all.
    package var member: MemberID?
    /// How many are told of.
    package var limit: Int

    /// Asks for all requests.
    package init(limit: Int) { self.limit = limit }
}
