// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a member asks the store, about four times in a lease. One question is one step for the store: nobody else's comes in between.
package struct StoreQuestion: Hashable, Sendable {
    /// What a member does about the office of the coordinator.
    package enum Office: Hashable, Sendable {
        /// It has no wish.
        case look
        /// It wants the office if it is free, for a term that is later than any that it or the store knows.
        case take(after: Term)
        /// It holds the office, and wants to go on. If the store has lost its memory, the same term goes on.
        case renew(Term)
        /// It gives up its office, if it holds it.
        case resign
    }

    /// Its entry, to be kept for as long as ``ClusterOptions/forget``; it replaces the entry of the same id.
    package var member: MemberIdentity
    /// The office.
    package var office: Office
    /// Members that are proven to be dead: their entries go, and if one of them holds the office, it is free.
    package var dead: [MemberID]
    /// When it was asked; comes back with the answer.
    package var asked: Instant

    /// Makes a question.
    package init(member: MemberIdentity, office: Office, dead: [MemberID], asked: Instant) {
        (self.member, self.office, self.dead, self.asked) = (member, office, dead, asked)
    }
}

/// What the store answers.
package struct StoreReading: Hashable, Sendable {
    /// Who holds the office after the question; nil if nobody.
    package var holder: (MemberIdentity, Term)? {
        get { self.holding.map { ($0.member, $0.term) } }
    }
    private var holding: Holding?
    /// All members.
    package var members: [MemberIdentity]

    private struct Holding: Hashable, Sendable {
        var member: MemberIdentity
        var term: Term
    }

    /// Makes a reading.
    package init(holder: (MemberIdentity, Term)?, members: [MemberIdentity]) {
        self.holding = holder.map { Holding(member: $0.0, term: $0.1) }
        self.members = members
    }
}
