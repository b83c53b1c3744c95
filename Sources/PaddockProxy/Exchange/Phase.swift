// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// Where an exchange is. Each phase holds what only it needs, so that nothing else can touch it.
///
/// ```
/// idle ─┬→ waiting → connecting ⇄ relaying → idle
///       └───────────────┘
/// ```
enum Phase: ~Copyable {
    /// There is no request, or none that is on its way to a backend. Can become: waiting, connecting, relaying.
    case idle
    /// It waits for a slot. Can become: connecting, relaying, idle.
    case waiting(Ticket)
    /// A connection to a backend is being made. Can become: relaying, waiting, idle.
    case connecting(Outgoing)
    /// A backend has the request, or its reply is on its way. Can become: connecting, if the backend took nothing of the
    /// request; idle.
    case relaying(Relay)

    /// A phase without what it holds.
    enum Kind {
        case idle, waiting, connecting, relaying
    }

    /// Which phase it is.
    var kind: Kind {
        switch self {
        case .idle: .idle
        case .waiting(_): .waiting
        case .connecting(_): .connecting
        case .relaying(_): .relaying
        }
    }

    /// The connection to the backend that has the request; nil in other phases.
    var connection: BackendConnection? {
        switch self {
        case .relaying(let relay): relay.connection
        default: nil
        }
    }

    /// The request that holds a slot; nil if none does.
    var activeTicket: Ticket? {
        switch self {
        case .connecting(let outgoing): outgoing.ticket
        case .relaying(let relay): relay.ticket
        default: nil
        }
    }

    /// The request that waits; nil in other phases.
    var waitingTicket: Ticket? {
        switch self {
        case .waiting(let ticket): ticket
        default: nil
        }
    }

    /// Tells the admission how far the reply is.
    func report(_ progress: ReplyProgress) {
        switch self {
        case .relaying(let relay): relay.lease?.report(progress)
        default: break
        }
    }

    /// Tells the admission that a reply that is no error has begun.
    func answered(isStream: Bool, now: Instant) {
        switch self {
        case .relaying(let relay): relay.lease?.answered(isStream: isStream, now: now)
        default: break
        }
    }

    /// Tells the admission that the backend refuses the request.
    ///
    /// - Returns: whether another backend may have it.
    func refused(retryAfter: Nanoseconds?, now: Instant) -> Bool {
        switch self {
        case .relaying(let relay): relay.lease?.refused(retryAfter: retryAfter, now: now) ?? false
        default: false
        }
    }
}

/// A request on its way to a backend.
struct Outgoing: ~Copyable {
    /// The slot that it holds; nil if its route takes none.
    var lease: SlotLease?
    /// The backend.
    let backend: BackendIndex
    /// The connection in the making.
    let attempt: BackendAttempt

    /// The request that holds the slot; nil if there is none.
    var ticket: Ticket? { SlotLease.ticket(of: self.lease) }
}

/// A request that a backend has.
struct Relay: ~Copyable {
    /// The slot that it holds; nil if its route takes none.
    var lease: SlotLease?
    /// The backend.
    let backend: BackendIndex
    /// The connection that carries its reply.
    let connection: BackendConnection

    /// The request that holds the slot; nil if there is none.
    var ticket: Ticket? { SlotLease.ticket(of: self.lease) }
}

extension SlotLease {
    /// The request that holds the slot of a lease; nil if there is none.
    fileprivate static func ticket(of lease: borrowing SlotLease?) -> Ticket? {
        switch lease {
        case .some(let lease): lease.ticket
        case .none: nil
        }
    }
}
