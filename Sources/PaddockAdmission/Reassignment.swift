// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of a request whose backend could not be reached, before that backend has seen a byte of it.
package enum Reassignment: Hashable, Sendable {
    /// Another healthy backend has a free slot.
    case start(Slot)
    /// The request waits again, before those that arrived after it, for a slot on another healthy backend.
    case queued(Ticket)
    /// It would have to wait again, and nobody waits while draining, nor without a backend, nor in vain.
    case rejected(Rejection)
    /// No other backend is healthy: the request has ended as failed.
    case noBackend
}
