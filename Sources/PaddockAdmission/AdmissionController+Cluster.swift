// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a cluster does with the admission of a member, and with that of the coordinator.
extension AdmissionController {
    // MARK: - A member

    /// Somebody else says what starts from now on, or no longer does; see ``AdmissionStateMachine/setLed(_:caps:now:_:)``.
    package func setLed(_ isLed: Bool, caps: SlotCaps?, now: Instant) {
        self.run { $0.setLed(isLed, caps: caps, now: now, &$1) }
    }

    /// Whoever leads has given a slot to a request; its waiter is told.
    ///
    /// - Returns: Whether it still waited.
    package func grant(_ ticket: Ticket, on backend: BackendIndex, rule: StartRule, now: Instant) -> Bool {
        self.run { $0.grant(ticket, on: backend, rule: rule, now: now, &$1) }
    }

    /// Whoever leads has turned a request away; its waiter is told.
    ///
    /// - Returns: Whether it still waited.
    package func turnAway(_ ticket: Ticket, _ rejection: Rejection, now: Instant) -> Bool {
        self.run { $0.turnAway(ticket, rejection, now: now, &$1) }
    }

    /// The requests that hold slots and those that wait, in the order of their arrival.
    package var livingRequests: [LivingRequest] { self.run { machine, _ in machine.livingRequests() } }

    // MARK: - The coordinator

    /// A request holds a slot already, by the word of its member.
    package func adopt(
        _ request: ArrivingRequest,
        waiter: any Waiter,
        on backend: BackendIndex,
        now: Instant
    ) -> Slot {
        self.run { $0.adopt(request, waiter: waiter, on: backend, now: now, &$1) }
    }

    /// A request whose slot has no lease, as another process holds it, has ended.
    package func end(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, now: Instant) {
        self.finish(slot, ending, progress, now: now)
    }

    /// The reply to a request whose slot has no lease has begun.
    package func begin(_ slot: Slot, isStream: Bool, now: Instant) {
        self.answered(slot, isStream: isStream, now: now)
    }

    /// A request whose slot has no lease needs another backend.
    ///
    /// - Parameters:
    ///   - slot: Its slot.
    ///   - refusal: How its backend has refused it; nil if it could not be reached.
    ///   - now: The time.
    /// - Returns: What becomes of it; nil if the refusal is its answer.
    package func move(_ slot: Slot, refusal: BackendRefusal?, now: Instant) -> Reassignment? {
        guard let refusal else { return self.backendUnreachable(slot, now: now) }
        guard self.refused(slot, retryAfter: refusal.retryAfter, now: now) else { return nil }
        return self.reassign(slot, now: now)
    }
}

/// A backend has refused a request with 503.
package struct BackendRefusal: Hashable, Sendable {
    /// When it wants to be asked again, if it said so.
    package var retryAfter: Nanoseconds?

    /// Makes a refusal.
    package init(retryAfter: Nanoseconds?) { self.retryAfter = retryAfter }
}
