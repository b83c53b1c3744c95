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
    /// - Returns: Whether it still waited, and had time left.
    package func grant(
        _ ticket: Ticket,
        on backend: BackendIndex,
        rule: StartRule,
        place: QueuePlace?,
        now: Instant
    ) -> Bool {
        self.run { $0.grant(ticket, on: backend, rule: rule, place: place, now: now, &$1) }
    }

    /// Whoever leads has turned a request away; its waiter is told.
    ///
    /// - Returns: Whether it still waited.
    package func turnAway(_ ticket: Ticket, _ rejection: Rejection, place: QueuePlace? = nil, now: Instant) -> Bool {
        self.run { $0.turnAway(ticket, rejection, place: place, now: now, &$1) }
    }

    /// Whoever leads says that the time of a request is up, and where it was; its waiter is told.
    package func timeOut(_ ticket: Ticket, _ standing: QueueStanding, place: QueuePlace?, now: Instant) {
        self.run { $0.timeOut(ticket, standing, place: place, now: now, &$1) }
    }

    /// Whoever leads says where a request is, as it was asked; its waiter is told.
    package func show(_ ticket: Ticket, _ waiting: WaitingRequest, place: QueuePlace?) {
        self.run { $0.show(ticket, waiting, place: place, &$1) }
    }

    /// What whoever leads has told of the queues of all members; it holds until it tells something else, or leads no longer.
    package func note(_ waits: [ModelName: QueueWait]) {
        self.run { machine, _ in if machine.isLed { machine.toldWaits = waits } }
    }

    /// The requests that hold slots and those that wait, in the order of their arrival.
    package var livingRequests: [LivingRequest] { self.run { machine, _ in machine.livingRequests() } }

    // MARK: - The coordinator

    /// What requests would meet that came now, by models of which requests wait; of more models those with the most.
    package func waits(atMost count: Int) -> [ModelName: QueueWait] {
        self.run { machine, _ in machine.waits(atMost: count) }
    }

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
