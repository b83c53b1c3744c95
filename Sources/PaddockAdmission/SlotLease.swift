// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Proof of holding a slot: cannot be copied and ends exactly once.
///
/// It ends at the last byte of the reply read from the backend, or at the close of that connection, never at the head of the
/// reply: a stream holds its slot for as long as the backend generates.
package struct SlotLease: ~Copyable, Sendable {
    private let slot: Slot
    private let controller: AdmissionController
    // A type with a reference inside cannot be discarded, so its end is remembered instead.
    private var hasEnded = false

    init(_ slot: Slot, from controller: AdmissionController) {
        self.slot = slot
        self.controller = controller
    }

    /// The index of the backend to send the request to.
    package var backend: Int { self.slot.backend }

    /// How long the request waited for the slot.
    package var waited: Duration { self.slot.waited }

    /// Gives the slot back.
    ///
    /// - Parameters:
    ///   - outcome: How the request ended.
    ///   - now: When.
    package consuming func end(_ outcome: Outcome, now: Instant) {
        self.hasEnded = true
        self.controller.finish(self.slot, outcome, now: now)
    }

    /// Gives the slot back because its backend could not be reached, and asks for another.
    ///
    /// Only for a request of which that backend has not seen a byte. The backend counts as unhealthy from now on.
    ///
    /// - Parameters:
    ///   - waiter: Who is told, should the request have to wait again.
    ///   - now: When.
    /// - Returns: What becomes of the request.
    package consuming func backendUnreachable(waiter: any Waiter, now: Instant) -> Reassignment {
        self.hasEnded = true
        return self.controller.backendUnreachable(self.slot, waiter: waiter, now: now)
    }

    /// A lease that is lost must not take its slot along.
    deinit {
        guard !self.hasEnded else { return }
        self.controller.finish(self.slot, .failed, now: nil)
        assertionFailure("a lease was dropped without an outcome")
    }
}
