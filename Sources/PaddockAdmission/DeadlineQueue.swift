// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import HeapModule

/// The deadlines of all waiters, earliest first.
///
/// A waiter that leaves before its deadline, as nearly all do, leaves its entry behind: taking it out of the heap would cost
/// more than all the rest of the event. Dead entries go when they come due, or when the heap has doubled since it was last
/// cleaned; so cleaning costs a constant time per waiter, and the heap is at most about twice what it needs.
struct DeadlineQueue {
    private struct Entry: Comparable {
        let deadline: Instant
        let ticket: Ticket

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline < right.deadline
        }
    }

    private static let leastBound = 64
    private var heap = Heap<Entry>()
    private var bound = Self.leastBound

    /// Enters the deadline of a waiter.
    mutating func insert<Payload>(_ deadline: Instant, of ticket: Ticket, in requests: RequestTable<Payload>) {
        if self.heap.count >= self.bound {
            self.heap.removeAll { requests.queuedIndex(of: $0.ticket) == nil }
            self.bound = max(Self.leastBound, 2 * self.heap.count)
        }
        self.heap.insert(Entry(deadline: deadline, ticket: ticket))
    }

    /// Takes out an entry that has come due, exactly at its deadline or later.
    ///
    /// It may be dead.
    mutating func popDue(now: Instant) -> Ticket? {
        guard let earliest = self.heap.min, earliest.deadline <= now else { return nil }
        return self.heap.removeMin().ticket
    }

    /// When to look again: the earliest deadline of a request that still waits, or a little earlier.
    ///
    /// Clears away only so many dead entries at a time, so that it never takes long; looking too early does no harm.
    mutating func nextLook<Payload>(in requests: RequestTable<Payload>) -> Instant? {
        for _ in 0..<Self.leastBound {
            guard let earliest = self.heap.min else { return nil }
            if requests.queuedIndex(of: earliest.ticket) != nil { break }
            self.heap.removeMin()
        }
        return self.heap.min?.deadline
    }
}
