// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the shell must do after an event, in this order.
package enum ClusterAction: Hashable, Sendable {
    /// Ask the store; not waited for.
    case ask(StoreQuestion)
    /// Send a message, to the own id, too.
    case send(LinkMessage, to: MemberID)
    /// Collect what is held, and send it as a registration.
    case register(term: Term, session: UInt64, layout: Layout, with: MemberID)
    /// The member is led: send all that waits, by age, and from now on what arrives and what ends.
    case sendWaiting(session: UInt64, to: MemberID)
    /// The member may start this from now on.
    case allow(Allowance)
    /// The member has become coordinator: make an empty queue for the whole cluster.
    case takeOffice(Term)
    /// It no longer is: drop that queue.
    case leaveOffice(Term, Reason)
    /// A member has registered: what it held and what waited for it before is replaced.
    case registered(MemberID, Registration)
    /// A member is silent: what it holds still counts; what waits for it is no longer in the queue, and comes again if the member does.
    case silent(MemberID)
    /// A member is gone: what it held is free, and what waited for it has no client any more.
    case free(MemberID)
    /// What a silent member holds no longer counts.
    case forget(MemberID)
    /// More may be granted than before.
    case grant

    /// Why a coordinator leaves its office.
    package enum Reason: Hashable, Sendable {
        /// Its lease has run out, and not all members are linked.
        case leaseEnded
        /// There is one with a later term.
        case superseded(Term)
        /// Hardly any other member is linked with it.
        case lonely
        /// An operator stops it.
        case stopping
    }
}
