// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Room for one active request of one model on one backend, as the machine names it when a request starts.
///
/// A slot is a name and can be copied; ``AdmissionController/lease(_:)`` makes the ``SlotLease`` that gives it back.
package struct Slot: Hashable, Sendable {
    /// The request that holds it.
    package let ticket: Ticket
    /// The index of the backend to send the request to.
    package let backend: BackendIndex
    /// When the request arrived.
    package let arrived: Instant
    /// When it got the slot.
    package let started: Instant
    /// The rule that gave it the slot.
    package let rule: StartRule

    /// Who wants to know of its first byte at once.
    package let firstByteUse: FirstByteUse

    /// How long the request waited for the slot; zero where one was free.
    package var waited: Nanoseconds { self.arrived.duration(to: self.started) }
}

/// Who wants to know of the first byte of a reply at once.
package enum FirstByteUse: UInt8, Hashable, Sendable {
    /// Nobody.
    case none
    /// The limit of its model is learned from streams.
    case ofStream
    /// Its model is being loaded.
    case ofLoad
}
