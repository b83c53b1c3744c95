// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import HeapModule
import PaddockBase

/// Requests by the instant at which something is due for them, earliest first.
///
/// A request that leaves early, as nearly all do, leaves its entry behind: taking it out of the heap would cost more than all
/// the rest of the event. Such dead entries go when they come due, or when the heap has doubled since it was last cleaned. So
/// cleaning costs a constant time per request, and the heap is at most about twice as large as it needs to be.
///
/// An entry names a row, not the request in it: whether something is due at an instant for the request that has the row now
/// is all that matters. This keeps an entry at 16 bytes.
struct InstantQueue {
    private struct Entry: Comparable {
        let instant: Instant
        let request: RequestIndex
        /// The last bits of the number of the request: of equal instants the one that arrived first is first.
        private let order: Int32

        init(_ instant: Instant, _ ticket: Ticket) {
            self.instant = instant
            self.request = ticket.index
            self.order = Int32(truncatingIfNeeded: ticket.sequence)
        }

        static func < (left: Entry, right: Entry) -> Bool {
            left.instant != right.instant ? left.instant < right.instant : left.order &- right.order < 0
        }
    }

    private static let minBound = 64
    private var heap = Heap<Entry>()
    private var bound = Self.minBound

    /// Whether to clean it before another entry.
    var isDirty: Bool { self.heap.count >= self.bound }

    /// Takes out the entries at whose instant nothing is due for their request any more.
    mutating func clean(isLive: (RequestIndex, Instant) -> Bool) {
        self.heap.removeAll { !isLive($0.request, $0.instant) }
        self.bound = max(Self.minBound, 2 * self.heap.count)
    }

    /// Enters an instant for a request.
    mutating func insert(_ instant: Instant, for ticket: Ticket) {
        self.heap.insert(Entry(instant, ticket))
    }

    /// Takes out an entry that has come due, exactly at its instant or later. It may be dead.
    mutating func popDue(now: Instant) -> (request: RequestIndex, instant: Instant)? {
        guard let earliest = self.heap.min, earliest.instant <= now else { return nil }
        let entry = self.heap.removeMin()
        return (entry.request, entry.instant)
    }

    /// The earliest instant at which something is due, or an earlier one.
    ///
    /// Clears away only so many dead entries at a time, so that it never takes long; looking too early does no harm.
    mutating func nextDue(isLive: (RequestIndex, Instant) -> Bool) -> Instant? {
        for _ in 0..<Self.minBound {
            guard let earliest = self.heap.min else { return nil }
            if isLive(earliest.request, earliest.instant) { break }
            self.heap.removeMin()
        }
        return self.heap.min?.instant
    }
}
