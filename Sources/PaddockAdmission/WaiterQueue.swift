// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The waiters of one model, and who of them is next.
///
/// Between two classes: interactive first, except that batch earns a share of the slot time that interactive requests take
/// while it waits, and is next once when it has earned one request. Between the clients of a class: the one with the
/// least service for its weight, by start-time fair queueing; the service of a client that comes back is lifted to the level
/// at which the class is served. Within a client: order of arrival. Rules and sources: contract, section 11.
///
/// Every change is O(log clients). The sums of weights and credits are approximate in their last digits, and start afresh
/// whenever they should be zero.
struct WaiterQueue {
    /// Orders the clients of a class: the least service first, then the earliest arrival.
    private struct Turn: Comparable, Sendable {
        var service: Double
        var sequence: UInt64

        static func < (left: Turn, right: Turn) -> Bool {
            left.service != right.service ? left.service < right.service : left.sequence < right.sequence
        }
    }

    /// How many idle clients are remembered for what they had beyond their share.
    private static let maxIdle = 256

    private(set) var policy: AdmissionPolicy
    private var clients: [ClientQueue] = []
    private var indices: [String: Int] = [:]
    private var free: [Int] = []
    /// The entry that was used last; -1 for none.
    private var lastUsed = -1
    /// Idle clients, the one that has been idle longest first.
    private var idle = IntrusiveList()
    private var turns = ByClass(interactive: IndexedHeap<Turn>(), batch: IndexedHeap<Turn>())
    /// The service of the client that was served last, when it was its turn: nobody comes back below it.
    private var level = ByClass(interactive: 0.0, batch: 0.0)
    private var counts = ByClass(interactive: 0, batch: 0)
    /// Clients by the places they hold for their weight, most first; once all places, once those of batch.
    private var holders = ByClass(interactive: IndexedHeap<Double>(), batch: IndexedHeap<Double>())
    /// The weights of all clients that hold a place.
    private var waitingWeight = 0.0
    /// Slot time in nanoseconds that batch has earned while it waits.
    private var batchCredit = 0.0
    private var epoch = 0

    init(policy: AdmissionPolicy) {
        self.policy = policy
    }

    /// How many requests wait.
    var count: Int { self.counts.interactive + self.counts.batch }

    /// How many batch requests wait.
    var batchCount: Int { self.counts.batch }

    /// How many clients hold a slot or a place.
    var clientCount: Int { self.clients.count - self.free.count - self.idle.count }

    /// Who the client of an entry is.
    func client(_ index: Int) -> Client { self.clients[index].client }

    // MARK: - Clients

    /// The entry of a client that has a request from now on.
    mutating func use(_ client: Client, now: Instant) -> Int {
        if let index = self.index(of: client) {
            self.lastUsed = index
            if self.clients[index].links.isLinked { self.wake(index, client, now: now) }
            return index
        }
        let index: Int
        if let last = self.free.popLast() {
            index = last
            self.clients[index] = ClientQueue(client, epoch: self.epoch)
        } else {
            index = self.clients.count
            self.clients.append(ClientQueue(client, epoch: self.epoch))
        }
        self.indices[client.name] = index
        self.lastUsed = index
        self.lift(index, .interactive)
        self.lift(index, .batch)
        return index
    }

    /// The entry of a client; the one that came last often comes again, and needs no table.
    private func index(of client: Client) -> Int? {
        if self.lastUsed >= 0, self.clients[self.lastUsed].client.name == client.name { return self.lastUsed }
        return self.indices[client.name]
    }

    /// A client that was idle is back: what it had beyond its share is forgiven, a second for each second.
    private mutating func wake(_ index: Int, _ client: Client, now: Instant) {
        self.idle.remove(index, in: &self.clients)
        self.clients[index].client = client
        let isStale = self.clients[index].epoch != self.epoch
        let forgiven = Double(now.nanoseconds - self.clients[index].idleSince.nanoseconds) / client.weight
        for requestClass in RequestClass.allCases {
            let service = isStale ? 0 : self.clients[index].parts[requestClass].service - forgiven
            self.clients[index].parts[requestClass].service = max(service, self.level[requestClass])
        }
        self.clients[index].epoch = self.epoch
    }

    /// Remembers a client that has nothing left, or lets it go.
    ///
    /// To be called whenever something of it has ended for good.
    mutating func settle(_ index: Int, now: Instant) {
        guard self.clients[index].isIdle, !self.clients[index].links.isLinked else { return }
        self.clients[index].idleSince = now
        self.idle.append(index, in: &self.clients)
        if self.idle.count > Self.maxIdle, let oldest = self.idle.first {
            self.idle.remove(oldest, in: &self.clients)
            self.indices[self.clients[oldest].client.name] = nil
            self.free.append(oldest)
            if self.lastUsed == oldest { self.lastUsed = -1 }
        }
    }

    /// The model is idle: all clients are level again.
    mutating func beginAnew() {
        self.epoch += 1
        self.level = ByClass(interactive: 0, batch: 0)
        self.batchCredit = 0
    }

    // MARK: - Coming and leaving

    /// Adds the newest request of a client.
    mutating func append<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        self.willAppend(client, requestClass)
        self.clients[client].parts[requestClass].waiters.append(request, in: &requests.nodes)
        self.didChange(client, requestClass, by: 1, in: requests)
    }

    /// Puts back a request that had already started, before all of its client that arrived after it.
    ///
    /// Only others that were put back can stand before it, so this looks at no more of them than there are slots.
    mutating func putBack<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let sequence = requests.nodes[request].sequence
        self.willAppend(client, requestClass)
        let list = self.clients[client].parts[requestClass].waiters
        var candidate = list.first
        while let other = candidate, requests.nodes[other].sequence < sequence {
            candidate = list.element(after: other, in: requests.nodes)
        }
        if let later = candidate {
            self.clients[client].parts[requestClass].waiters.insert(request, before: later, in: &requests.nodes)
        } else {
            self.clients[client].parts[requestClass].waiters.append(request, in: &requests.nodes)
        }
        self.didChange(client, requestClass, by: 1, in: requests)
    }

    /// Takes a waiter out, wherever it stands.
    mutating func remove<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        self.clients[client].parts[requestClass].waiters.remove(request, in: &requests.nodes)
        self.didChange(client, requestClass, by: -1, in: requests)
        if self.clients[client].places == 0 { self.waitingWeight -= self.clients[client].client.weight }
        if self.count == 0 { self.waitingWeight = 0 }
        if self.counts.batch == 0 { self.batchCredit = 0 }
    }

    private mutating func willAppend(_ client: Int, _ requestClass: RequestClass) {
        if self.clients[client].places == 0 { self.waitingWeight += self.clients[client].client.weight }
        if self.clients[client].parts[requestClass].waiters.count == 0 { self.lift(client, requestClass) }
    }

    /// Nobody who begins to wait is below the level at which the class is served.
    private mutating func lift(_ client: Int, _ requestClass: RequestClass) {
        let level = self.level[requestClass]
        if self.clients[client].parts[requestClass].service < level {
            self.clients[client].parts[requestClass].service = level
        }
    }

    private mutating func didChange<Payload>(
        _ client: Int,
        _ requestClass: RequestClass,
        by change: Int,
        in requests: RequestTable<Payload>
    ) {
        self.counts[requestClass] += change
        self.updateTurn(client, requestClass, in: requests)
        let weight = self.clients[client].client.weight
        let (places, batchPlaces) = (self.clients[client].places, self.clients[client].parts.batch.waiters.count)
        if places == 0 {
            self.holders.interactive.remove(client)
        } else {
            self.holders.interactive.set(client, -Double(places) / weight)
        }
        guard requestClass == .batch else { return }
        if batchPlaces == 0 {
            self.holders.batch.remove(client)
        } else {
            self.holders.batch.set(client, -Double(batchPlaces) / weight)
        }
    }

    private mutating func updateTurn<Payload>(
        _ client: Int,
        _ requestClass: RequestClass,
        in requests: RequestTable<Payload>
    ) {
        guard let head = self.clients[client].parts[requestClass].waiters.first else {
            return self.turns[requestClass].remove(client)
        }
        let service = self.policy.isFair ? self.clients[client].parts[requestClass].service : 0
        self.turns[requestClass].set(client, Turn(service: service, sequence: requests.nodes[head].sequence))
    }

    // MARK: - Who is next

    /// The waiter that gets the next slot, and by which rule.
    ///
    /// 1. Batch has earned a request: batch.
    /// 2. An interactive request waits: interactive.
    /// 3. Else: batch.
    ///
    /// - Parameters:
    ///   - batchFits: Whether batch may have the slot.
    ///   - typical: What a request is charged when it starts.
    func next(batchFits: Bool, typical: Int64) -> (request: Int, rule: StartRule)? {
        let batch = batchFits ? self.turns.batch.min : nil
        if let batch, self.counts.interactive > 0, self.batchCredit >= Double(typical),
            let request = self.clients[batch].parts.batch.waiters.first
        {
            return (request, .batchShare)
        }
        let requestClass: RequestClass = self.counts.interactive > 0 ? .interactive : .batch
        guard let client = requestClass == .interactive ? self.turns.interactive.min : batch,
            let request = self.clients[client].parts[requestClass].waiters.first
        else { return nil }
        let isAlone = !self.policy.isFair || self.turns[requestClass].count == 1
        return (request, isAlone ? .arrivalOrder : .leastService)
    }

    // MARK: - Service

    /// A request that does not wait (any more) has its slot.
    mutating func start<Payload>(_ request: Int, charge: Int64, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        self.clients[client].active += 1
        self.lift(client, requestClass)
        self.level[requestClass] = max(self.level[requestClass], self.clients[client].parts[requestClass].service)
        requests.entries[request].charged = charge
        // What batch was given beyond its turn counts against what it has earned, but it owes nothing.
        if requestClass == .batch { self.batchCredit = max(0, self.batchCredit - Double(charge)) }
        self.add(charge, to: client, requestClass, in: requests)
    }

    /// A request turns out to take more or less slot time than it was charged.
    mutating func charge<Payload>(_ request: Int, more nanoseconds: Int64, in requests: inout RequestTable<Payload>) {
        requests.entries[request].charged += nanoseconds
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        self.add(nanoseconds, to: client, requestClass, in: requests)
    }

    /// A request has given its slot back after so many nanoseconds.
    mutating func end<Payload>(_ request: Int, processing: Int64, in requests: inout RequestTable<Payload>) {
        let client = requests.entries[request].client
        self.charge(request, more: processing - requests.entries[request].charged, in: &requests)
        self.clients[client].active -= 1
    }

    private mutating func add<Payload>(
        _ nanoseconds: Int64,
        to client: Int,
        _ requestClass: RequestClass,
        in requests: RequestTable<Payload>
    ) {
        self.clients[client].parts[requestClass].service += Double(nanoseconds) / self.clients[client].client.weight
        if requestClass == .interactive, self.counts.batch > 0 {
            self.batchCredit = max(0, self.batchCredit + Double(nanoseconds) * self.policy.batchShare)
        }
        if self.clients[client].parts[requestClass].waiters.count > 0 {
            self.updateTurn(client, requestClass, in: requests)
        }
    }

    // MARK: - A full queue

    /// The waiter that gives way to a newcomer, or `nil` where the newcomer is rejected.
    ///
    /// 1. The newcomer's client holds less than its share of the places: the newest waiter of the client that holds most for
    ///    its weight; the newest batch one where there is one, and no other where the newcomer is batch itself.
    /// 2. The newcomer is interactive and its client holds a batch place: the newest of these.
    func victim(for client: Int, _ requestClass: RequestClass, limit: Int) -> Int? {
        guard self.policy.isFair else { return nil }
        let own = self.clients[client]
        let weights = self.waitingWeight + (own.places == 0 ? own.client.weight : 0)
        func isBelowShare(_ places: Int, _ weight: Double) -> Bool {
            Double(places) * weights < Double(limit) * weight
        }
        if isBelowShare(own.places, own.client.weight), let most = self.holders[requestClass].min, most != client {
            let other = self.clients[most]
            if let newest = other.parts.batch.waiters.last ?? other.parts.interactive.waiters.last,
                !isBelowShare(other.places, other.client.weight)
            {
                return newest
            }
        }
        return requestClass == .interactive ? own.parts.batch.waiters.last : nil
    }

    // MARK: - Readings

    /// The place that a newcomer would have, about: in each round before its own every other client has its turn.
    func place(of client: Int, _ requestClass: RequestClass) -> Int {
        self.place(of: client, requestClass, ahead: self.clients[client].parts[requestClass].waiters.count)
    }

    private func place(of client: Int, _ requestClass: RequestClass, ahead: Int) -> Int {
        let own = self.clients[client]
        let others = self.counts[requestClass] - own.parts[requestClass].waiters.count
        let before = requestClass == .batch ? self.counts.interactive : 0
        guard self.policy.isFair, others > 0 else { return before + others + ahead + 1 }
        let otherWeight = max(0, self.waitingWeight - (own.places > 0 ? own.client.weight : 0))
        let rounds = Double(ahead + 1) * otherWeight / own.client.weight
        return before + min(others, Int(min(rounds, 1e9))) + ahead + 1
    }

    /// The place of a waiter, about; found by walking along the waiters of its client that stand before it.
    func place<Payload>(of request: Int, in requests: RequestTable<Payload>) -> Int {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        var ahead = 0
        var previous = requests.nodes[request].links.previous
        while previous >= 0 {
            ahead += 1
            previous = requests.nodes[Int(previous)].links.previous
        }
        return self.place(of: client, requestClass, ahead: ahead)
    }

    /// Any waiter.
    var any: Int? {
        for requestClass in RequestClass.allCases {
            if let client = self.turns[requestClass].min {
                return self.clients[client].parts[requestClass].waiters.first
            }
        }
        return nil
    }

    /// Applies another policy to those who wait, too.
    mutating func setPolicy<Payload>(_ policy: AdmissionPolicy, in requests: RequestTable<Payload>) {
        self.policy = policy
        for client in self.clients.indices {
            for requestClass in RequestClass.allCases { self.updateTurn(client, requestClass, in: requests) }
        }
    }

    /// All waiters in the order in which they would start if nobody else came, were the slots to free one by one.
    func order<Payload>(typical: Int64, in requests: RequestTable<Payload>) -> [Int] {
        var (queue, requests) = (self, requests)
        var order: [Int] = []
        while let (request, _) = queue.next(batchFits: true, typical: typical) {
            order.append(request)
            queue.remove(request, in: &requests)
            queue.start(request, charge: typical, in: &requests)
        }
        return order
    }
}
