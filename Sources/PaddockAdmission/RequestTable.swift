// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Every live request, queued or active, in arrays whose places are used again.
///
/// What looking a ticket up and linking touch lies apart from the rest: with 100,000 waiters the time of an event is the
/// number of cache lines it meets for the first time.
struct RequestTable<Payload> {
    /// The identity of a live request and its place in the queue; or a free place.
    struct Node: Linked {
        /// The number of the request in order of arrival; 0 in a free place.
        fileprivate(set) var sequence: UInt64 = 0
        /// Linked exactly while the request is queued.
        var links = Links()
    }

    /// The rest of what is known about a request.
    struct Entry {
        fileprivate(set) var arrived = Instant.distantFuture
        /// When it got its slot, while active.
        fileprivate(set) var started = Instant.distantFuture
        fileprivate(set) var deadline = Instant.distantFuture
        /// When to look after it next, while it waits and has a deadline.
        var nextLook = Instant.distantFuture
        /// When it was expected to start, if it waits or waited and there was something to go by.
        var estimatedStart = Instant.distantFuture
        /// The slot time in nanoseconds that its client was charged for it so far.
        var charged: Int64 = 0
        /// How much of that was paid from what batch had earned.
        var paid = 0.0
        fileprivate(set) var id = ""
        fileprivate var modelIndex: Int32 = 0
        fileprivate var backendIndex: Int32 = 0
        fileprivate var clientIndex: Int32 = 0
        fileprivate(set) var requestClass = RequestClass.interactive
        fileprivate(set) var expectsStream = false
        fileprivate(set) var isDeadlineStated = false
        /// Who is told.
        var waiter: Payload?

        /// When it will have outrun what it was charged, while active.
        var outrun: Instant { Instant(nanoseconds: self.started.nanoseconds + self.charged + 1) }

        /// The index of its model.
        var model: Int { Int(self.modelIndex) }

        /// The index of its backend, while active.
        var backend: Int { Int(self.backendIndex) }

        /// The index of its client among those of its model.
        var client: Int { Int(self.clientIndex) }
    }

    /// The nodes by index, for queues to link.
    var nodes: [Node] = []
    /// The entries by index; whoever has the index of a live request may change its entry.
    var entries: [Entry] = []
    private var firstFree: Int32 = Links.none
    /// The number that the next request will get.
    private(set) var nextSequence: UInt64 = 1

    /// Enters a request that arrives; it is neither queued nor active yet.
    mutating func insert(_ request: ArrivingRequest, model: Int, client: Int, waiter: Payload, now: Instant) -> Int {
        let index: Int
        if self.firstFree >= 0 {
            index = Int(self.firstFree)
            self.firstFree = self.nodes[index].links.next
        } else {
            index = self.nodes.count
            self.nodes.append(Node())
            self.entries.append(Entry())
        }
        self.nodes[index] = Node(sequence: self.nextSequence)
        self.entries[index].begin(request, model: model, client: client, now: now)
        self.entries[index].waiter = waiter
        self.nextSequence += 1
        return index
    }

    /// Makes a request active that is in no queue.
    mutating func start(_ index: Int, on backend: Int, rule: StartRule, now: Instant) -> Slot {
        let arrived = self.entries[index].start(on: backend, now: now)
        return Slot(ticket: self.ticket(of: index), backend: backend, arrived: arrived, started: now, rule: rule)
    }

    /// Forgets a request that has ended and is in no queue, and hands out its waiter.
    @discardableResult
    mutating func remove(_ index: Int) -> Payload? {
        self.nodes[index] = Node(sequence: 0, links: Links(previous: Links.none, next: self.firstFree))
        self.firstFree = Int32(index)
        return self.entries[index].waiter.take()
    }

    /// The indices of all live requests, in no order.
    var live: some Sequence<Int> { self.nodes.indices.lazy.filter { self.nodes[$0].sequence != 0 } }

    /// So many places of the table are one part of a search by id: some 20 µs.
    static var searchedAtOnce: Int { 512 }

    /// Looks for live requests by id in one part of the table.
    ///
    /// - Parameters:
    ///   - ids: The ids that are looked for.
    ///   - first: Where the part begins; a request keeps its place for as long as it lives.
    ///   - found: The requests that were found before; of several with one id the one that came last.
    /// - Returns: Where the next part begins; `nil` at the end.
    func find(_ ids: Set<String>, from first: Int, _ found: inout [String: Ticket]) -> Int? {
        let end = min(first + Self.searchedAtOnce, self.nodes.count)
        // The usual case, and the comparison of two short texts is less than the hash of one.
        let only = ids.count == 1 ? ids.first : nil
        for index in first..<max(first, end) where self.nodes[index].sequence != 0 {
            let id = self.entries[index].id
            guard only.map({ $0 == id }) ?? ids.contains(id) else { continue }
            if let other = found[id], other.sequence > self.nodes[index].sequence { continue }
            found[id] = self.ticket(of: index)
        }
        return end < self.nodes.count ? end : nil
    }

    /// The name of a live request.
    func ticket(of index: Int) -> Ticket {
        Ticket(index: Int32(index), sequence: self.nodes[index].sequence)
    }

    /// The index of the queued request that a ticket names, or `nil` if it is not queued any more.
    func queuedIndex(of ticket: Ticket) -> Int? {
        let node = self.nodes[Int(ticket.index)]
        return node.sequence == ticket.sequence && node.links.isLinked ? Int(ticket.index) : nil
    }

    /// The index of the active request that a ticket names, or `nil` if it is not active any more.
    func activeIndex(of ticket: Ticket) -> Int? {
        let node = self.nodes[Int(ticket.index)]
        return node.sequence == ticket.sequence && !node.links.isLinked ? Int(ticket.index) : nil
    }

    /// The index of the active request that holds a slot, or `nil` if it does not hold it any more.
    func activeIndex(of slot: Slot) -> Int? {
        guard let index = self.activeIndex(of: slot.ticket) else { return nil }
        // A request that was put back may have started again.
        let holdsSlot = self.entries[index].backend == slot.backend && self.entries[index].started == slot.started
        return holdsSlot ? index : nil
    }
}

extension RequestTable.Entry {
    /// Sets field by field what differs from a free entry: cheaper than a new value with its reference to a waiter.
    fileprivate mutating func begin(_ request: ArrivingRequest, model: Int, client: Int, now: Instant) {
        self.arrived = now
        self.deadline = request.deadline
        self.estimatedStart = .distantFuture
        self.charged = 0
        self.paid = 0
        self.id = request.id
        self.modelIndex = Int32(model)
        self.clientIndex = Int32(client)
        self.requestClass = request.requestClass
        self.expectsStream = request.expectsStream
        self.isDeadlineStated = request.isDeadlineStated
    }

    fileprivate mutating func start(on backend: Int, now: Instant) -> Instant {
        self.started = now
        self.backendIndex = Int32(backend)
        return self.arrived
    }
}

extension RequestTable: Sendable where Payload: Sendable {}
extension RequestTable.Entry: Sendable where Payload: Sendable {}
