// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Every live request, queued or active, in tables whose rows are used again.
///
/// What looking up a ticket and linking touch is kept apart from the rest: with 100,000 waiters the time of an event is the
/// number of cache lines that it meets for the first time.
struct RequestTable<Payload> {
    /// The identity of a live request and its neighbours in the queue; or a free row.
    struct Node: Linked {
        /// The number of the request in order of arrival; 0 in a free row.
        fileprivate(set) var sequence: UInt64 = 0
        /// Linked exactly while the request is queued.
        var links = Links<RequestIndex>()
    }

    /// The rest of what is known about a request.
    struct Entry {
        fileprivate(set) var arrived = Instant.distantFuture
        /// When it got its slot, while active.
        fileprivate(set) var started = Instant.distantFuture
        fileprivate(set) var deadline = Instant.distantFuture
        /// When to check it next, while it waits and has a deadline.
        var nextCheck = Instant.distantFuture
        /// When it was expected to start, if it waits or waited and the model had been measured.
        var estimatedStart = Instant.distantFuture
        /// The slot time in nanoseconds that its client was charged for it so far.
        var charged: Int64 = 0
        /// How many requests it counts as: the number of its inputs. At least 1.
        fileprivate(set) var units: Int32 = 1
        /// How many slots it counts as, while active: as many as it has inputs, but no more than there are. At least 1.
        var width: Int32 = 1
        /// How long its model is to stay loaded after it; `nil` if it says nothing.
        fileprivate(set) var keepAlive: Nanoseconds?
        /// Whether it only loads or unloads its model.
        fileprivate(set) var isLoad = false
        /// How much of that was paid from what batch had earned.
        var paid = 0.0
        /// What the limit of its model is learned from, while active.
        var token: ParallelLearner.Token?
        /// The machine time of its backend at its start, and what its account was charged so far, while active; in nanoseconds.
        ///
        /// Below zero if its account is not charged: what its backend has loaded was not known when it started.
        var machineStart = -1.0
        var machineCharge = 0.0
        fileprivate(set) var id = ""
        fileprivate(set) var model = ModelIndex(row: 0)
        fileprivate(set) var runner = RunnerIndex(row: 0)
        /// The account of its client over all models; none if such accounts are not kept.
        var account = AccountIndex.none
        /// What its client may use; none if it has no quota.
        var quota = QuotaIndex.none
        /// The tokens that are reserved for it.
        var reserved: Int32 = 0
        /// The most tokens that its answer is to have; 0 if it does not say.
        fileprivate(set) var maxAnswerTokens: Int32 = 0
        /// Its backend, while active.
        fileprivate(set) var backend = BackendIndex(row: 0)
        fileprivate(set) var client = ClientIndex(row: 0)
        fileprivate(set) var requestClass = RequestClass.interactive
        fileprivate(set) var expectsStream = false
        fileprivate(set) var isDeadlineStated = false
        /// Who is told.
        var waiter: Payload?

        /// Whether its account is charged machine time.
        var isCharged: Bool { self.account.exists && self.machineStart >= 0 }

        /// When it will have used up what it was charged, while active.
        var chargeEnd: Instant {
            let time = self.width == 1 ? self.charged : self.charged / Int64(self.width)
            return Instant(nanoseconds: self.started.nanoseconds + time + 1)
        }
    }

    /// The nodes, for queues to link.
    var nodes = Table<RequestIndex, Node>()
    /// The entries; whoever has the index of a live request may change its entry.
    var entries = Table<RequestIndex, Entry>()
    private var firstFree: RequestIndex?
    /// The number that the next request will get.
    private(set) var nextSequence: UInt64 = 1

    /// Enters a request that arrives; it is neither queued nor active yet.
    mutating func insert(
        _ request: ArrivingRequest,
        model: ModelIndex,
        runner: RunnerIndex,
        client: ClientIndex,
        waiter: Payload,
        now: Instant
    ) -> RequestIndex {
        let index: RequestIndex
        if let free = self.firstFree {
            index = free
            self.firstFree = self.nodes[free].links.next
        } else {
            index = self.nodes.insert(Node())
            _ = self.entries.insert(Entry())
        }
        self.nodes[index] = Node(sequence: self.nextSequence)
        self.entries[index].begin(request, model: model, runner: runner, client: client, now: now)
        self.entries[index].waiter = waiter
        self.nextSequence += 1
        return index
    }

    /// Makes a request active that is in no queue.
    mutating func start(
        _ index: RequestIndex,
        on backend: BackendIndex,
        rule: StartRule,
        firstByteUse: FirstByteUse,
        now: Instant
    ) -> Slot {
        let arrived = self.entries[index].start(on: backend, now: now)
        let ticket = self.ticket(of: index)
        return Slot(
            ticket: ticket,
            backend: backend,
            arrived: arrived,
            started: now,
            rule: rule,
            firstByteUse: firstByteUse
        )
    }

    /// Removes a request that has ended and is in no queue, and hands out its waiter.
    mutating func remove(_ index: RequestIndex) -> Payload? {
        self.nodes[index] = Node(sequence: 0, links: Links(previous: nil, next: self.firstFree))
        self.firstFree = index
        return self.entries[index].waiter.take()
    }

    /// The indices of all live requests, in no order.
    var live: [RequestIndex] { self.nodes.indices.filter { self.nodes[$0].sequence != 0 } }

    /// So many rows of the table are one part of a search by id: some 20 µs.
    static var searchedAtOnce: Int32 { 512 }

    /// Looks for live requests by id in one part of the table.
    ///
    /// - Parameters:
    ///   - ids: The ids that are looked for.
    ///   - first: Where the part begins; a request keeps its row for as long as it lives.
    ///   - found: The requests that were found before; of several with one id the one that came last.
    /// - Returns: Where the next part begins; `nil` at the end.
    func find(_ ids: Set<String>, from first: RequestIndex, _ found: inout [String: Ticket]) -> RequestIndex? {
        let count = Int32(self.nodes.count)
        let end = min(first.row + Self.searchedAtOnce, count)
        // The usual case, and comparing two short texts costs less than hashing one.
        let only = ids.count == 1 ? ids.first : nil
        for row in first.row..<max(first.row, end) {
            let index = RequestIndex(row: row)
            let sequence = self.nodes[index].sequence
            guard sequence != 0 else { continue }
            let id = self.entries[index].id
            guard only.map({ $0 == id }) ?? ids.contains(id) else { continue }
            if let other = found[id], other.sequence > sequence { continue }
            found[id] = self.ticket(of: index)
        }
        return end < count ? RequestIndex(row: end) : nil
    }

    /// The live requests in one part of the table, and where the next part begins; `nil` at the end.
    func part(from first: RequestIndex) -> (live: [RequestIndex], next: RequestIndex?) {
        let count = Int32(self.nodes.count)
        let end = min(first.row + Self.searchedAtOnce, count)
        let live = (first.row..<max(first.row, end)).lazy.map { RequestIndex(row: $0) }
        return (live.filter { self.nodes[$0].sequence != 0 }, end < count ? RequestIndex(row: end) : nil)
    }

    /// The name of a live request.
    func ticket(of index: RequestIndex) -> Ticket {
        Ticket(index: index, sequence: self.nodes[index].sequence)
    }

    /// Whether the request in a row waits and is to be checked at an instant; `false` if there is none.
    func isDeadlineDue(_ index: RequestIndex, at instant: Instant) -> Bool {
        self.nodes[index].sequence != 0 && self.nodes[index].links.isLinked && self.entries[index].nextCheck == instant
    }

    /// Whether the request in a row is active and will have used up its charge at an instant; `false` if there is none.
    func isChargeDue(_ index: RequestIndex, at instant: Instant) -> Bool {
        self.nodes[index].sequence != 0 && !self.nodes[index].links.isLinked
            && self.entries[index].chargeEnd == instant
    }

    /// The index of the queued request that a ticket names, or `nil` if it is not queued any more.
    func queuedIndex(of ticket: Ticket) -> RequestIndex? {
        let node = self.nodes[ticket.index]
        return node.sequence == ticket.sequence && node.links.isLinked ? ticket.index : nil
    }

    /// The same for a ticket that may never have been one of this table.
    func queuedIndex(ofAny ticket: Ticket) -> RequestIndex? {
        self.hasRow(of: ticket) ? self.queuedIndex(of: ticket) : nil
    }

    /// Whether a ticket, which may never have been one of this table, can be looked up.
    func hasRow(of ticket: Ticket) -> Bool { Int(ticket.index.row) < self.nodes.count }

    /// The slot that an active request holds.
    func slot(of index: RequestIndex) -> Slot {
        Slot(
            ticket: self.ticket(of: index),
            backend: self.entries[index].backend,
            arrived: self.entries[index].arrived,
            started: self.entries[index].started,
            rule: .freeSlot,
            firstByteUse: .none
        )
    }

    /// The index of the active request that a ticket names, or `nil` if it is not active any more.
    func activeIndex(of ticket: Ticket) -> RequestIndex? {
        let node = self.nodes[ticket.index]
        return node.sequence == ticket.sequence && !node.links.isLinked ? ticket.index : nil
    }

    /// The index of the active request that holds a slot, or `nil` if it does not hold it any more.
    func activeIndex(of slot: Slot) -> RequestIndex? {
        guard let index = self.activeIndex(of: slot.ticket) else { return nil }
        // A request that was put back may have started again.
        let holdsSlot = self.entries[index].backend == slot.backend && self.entries[index].started == slot.started
        return holdsSlot ? index : nil
    }
}

extension RequestTable.Entry {
    /// Sets field by field what differs from a free entry: cheaper than a new value with its reference to a waiter.
    fileprivate mutating func begin(
        _ request: ArrivingRequest,
        model: ModelIndex,
        runner: RunnerIndex,
        client: ClientIndex,
        now: Instant
    ) {
        self.arrived = now
        self.deadline = request.deadline
        self.nextCheck = .distantFuture
        self.estimatedStart = .distantFuture
        self.charged = 0
        self.paid = 0
        self.units = Int32(clamping: max(1, request.units))
        self.width = 1
        self.keepAlive = request.keepAlive
        self.isLoad = request.isLoad
        self.account = .none
        self.quota = .none
        self.reserved = 0
        self.maxAnswerTokens = request.maxAnswerTokens
        self.machineCharge = 0
        self.token = nil
        self.id = request.id
        self.model = model
        self.runner = runner
        self.client = client
        self.requestClass = request.requestClass
        self.expectsStream = request.expectsStream
        self.isDeadlineStated = request.isDeadlineStated
    }

    fileprivate mutating func start(on backend: BackendIndex, now: Instant) -> Instant {
        self.started = now
        self.backend = backend
        return self.arrived
    }
}

extension RequestTable: Sendable where Payload: Sendable {}
extension RequestTable.Entry: Sendable where Payload: Sendable {}
