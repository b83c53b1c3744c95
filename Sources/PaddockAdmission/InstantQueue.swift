// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import HeapModule
import PaddockBase

/// Requests by the instant at which something is due for them, earliest first.
///
/// A request that leaves before, as nearly all do, leaves its entry behind: taking it out of the heap would cost more than all
/// the rest of the event. Dead entries go when they come due, or when the heap has doubled since it was last cleaned; so
/// cleaning costs a constant time per request, and the heap is at most about twice what it needs.
struct InstantQueue {
    private struct Entry: Comparable {
        let instant: Instant
        let ticket: Ticket

        static func < (left: Entry, right: Entry) -> Bool {
            left.instant != right.instant
                ? left.instant < right.instant : left.ticket.sequence < right.ticket.sequence
        }
    }

    private static let leastBound = 64
    private var heap = Heap<Entry>()
    private var bound = Self.leastBound

    /// Whether to clean it before another entry.
    var isDirty: Bool { self.heap.count >= self.bound }

    /// Takes out the entries of requests that nothing is due for any more.
    mutating func clean(isLive: (Ticket) -> Bool) {
        self.heap.removeAll { !isLive($0.ticket) }
        self.bound = max(Self.leastBound, 2 * self.heap.count)
    }

    /// Enters an instant for a request.
    mutating func insert(_ instant: Instant, of ticket: Ticket) {
        self.heap.insert(Entry(instant: instant, ticket: ticket))
    }

    /// Takes out an entry that has come due, exactly at its instant or later.
    ///
    /// It may be dead.
    mutating func popDue(now: Instant) -> (ticket: Ticket, instant: Instant)? {
        guard let earliest = self.heap.min, earliest.instant <= now else { return nil }
        let entry = self.heap.removeMin()
        return (entry.ticket, entry.instant)
    }

    /// When to look again: the earliest instant of a live request, or a little earlier.
    ///
    /// Clears away only so many dead entries at a time, so that it never takes long; looking too early does no harm.
    mutating func nextLook(isLive: (Ticket) -> Bool) -> Instant? {
        for _ in 0..<Self.leastBound {
            guard let earliest = self.heap.min else { return nil }
            if isLive(earliest.ticket) { break }
            self.heap.removeMin()
        }
        return self.heap.min?.instant
    }
}
