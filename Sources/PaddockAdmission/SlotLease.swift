// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

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

    /// The request that holds the slot.
    package var ticket: Ticket { self.slot.ticket }

    /// The index of the backend to send the request to.
    package var backend: BackendIndex { self.slot.backend }

    /// How long the request waited for the slot.
    package var waited: Nanoseconds { self.slot.waited }

    /// Counts what was relayed so far of a reply that goes on.
    ///
    /// - Parameter progress: What was relayed since this was last called.
    package borrowing func report(_ progress: ReplyProgress) {
        self.controller.report(self.slot, progress)
    }

    /// Tells that a reply that is no error has begun, if anybody wants to know at once.
    ///
    /// - Parameters:
    ///   - isStream: Whether it is a stream.
    ///   - now: The time.
    package borrowing func answered(isStream: Bool, now: Instant) {
        let use = self.slot.firstByteUse
        if use == .ofLoad || use == .ofStream && isStream {
            self.controller.answered(self.slot, isStream: isStream, now: now)
        }
    }

    /// Notes that the backend has refused the request whole (503), before it began to work on it.
    ///
    /// - Parameters:
    ///   - retryAfter: When the backend wants to be asked again, if it said so.
    ///   - now: The time.
    /// - Returns: Whether ``reassign(now:)`` may find another backend for it; if not, the refusal is its answer.
    package borrowing func refused(retryAfter: Nanoseconds?, now: Instant) -> Bool {
        self.controller.refused(self.slot, retryAfter: retryAfter, now: now)
    }

    /// Gives the slot back because its backend has refused the request, and asks for another one.
    ///
    /// - Parameter now: When.
    /// - Returns: What becomes of the request.
    package consuming func reassign(now: Instant) -> Reassignment {
        self.hasEnded = true
        return self.controller.reassign(self.slot, now: now)
    }

    /// Gives the slot back.
    ///
    /// - Parameters:
    ///   - ending: How the request ended.
    ///   - progress: What was relayed since it was last reported; the first byte in any case, if one came.
    ///   - now: When.
    package consuming func end(_ ending: Ending, _ progress: ReplyProgress = ReplyProgress(), now: Instant) {
        self.hasEnded = true
        self.controller.finish(self.slot, ending, progress, now: now)
    }

    /// Gives the slot back because its backend could not be reached, and asks for another.
    ///
    /// Only for a request of which that backend has not seen a byte. The backend counts as unhealthy from now on.
    ///
    /// - Parameter now: When.
    /// - Returns: What becomes of the request.
    package consuming func backendUnreachable(now: Instant) -> Reassignment {
        self.hasEnded = true
        return self.controller.backendUnreachable(self.slot, now: now)
    }

    /// A lease that is lost must not take its slot along.
    deinit {
        guard !self.hasEnded else { return }
        self.controller.finish(self.slot, .failed, ReplyProgress(), now: nil)
        assertionFailure("a lease was dropped without an ending")
    }
}
