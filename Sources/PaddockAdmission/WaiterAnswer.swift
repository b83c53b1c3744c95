// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What becomes of a request after its arrival: exactly one of the first three for a queued one, and at most once ``cancel`` for
/// one that holds a slot. In a cluster the others come on top, before one of the first three.
package enum WaiterAnswer: Hashable, Sendable {
    /// It holds a slot from now on.
    ///
    /// Turn the slot into a lease with ``AdmissionController/lease(_:)``, even if nobody wants it any more: it is held until that
    /// lease ends.
    case start(Slot)
    /// It gets no slot.
    case reject(Rejection)
    /// Its deadline has come; the standing is that of the moment.
    case timeOut(waited: Nanoseconds, QueueStanding)
    /// An operator wants it to end although it is active; its slot is held until its lease ends.
    ///
    /// The ticket tells it from a later request of the same waiter.
    case cancel(Ticket)
    /// Where it was in the queue of all members when it arrived.
    case placed(Ticket, QueuePlace)
    /// Where it is in the queue of all members now, as ``AdmissionController/askPlace(of:)`` asked.
    indirect case waits(Ticket, WaitingRequest)
}
