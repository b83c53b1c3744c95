// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The waiters of one model, and who of them is next.
///
/// Between two classes: interactive first, except that batch earns a share of the slot time that interactive requests take
/// while it waits, and is next once when it has earned one request. Between the clients of a class: the one with the
/// least service for its weight, by start-time fair queueing; the service of a client that comes back is lifted to the level
/// at which the class is served. Within a client: order of arrival. Rules and sources: contract, section 11.
///
/// Every change is O(log clients).
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
    /// How many clients are looked at for a position; of more it is a sample.
    private static let sample = 64
    /// How many waiters of one client are walked along for a position, forwards and backwards; of more it is an estimate.
    private static let walk = 4_096

    private(set) var policy: AdmissionPolicy
    private var clients: [ClientQueue] = []
    private var indices: [String: Int] = [:]
    private var free: [Int] = []
    /// The entry that was used last; -1 for none.
    private var lastUsed = -1
    /// Idle clients, the one that has been idle longest first.
    private var idle = IntrusiveList()
    private var turns = ByClass(interactive: IndexedHeap<Turn>(), batch: IndexedHeap<Turn>())
    /// Nobody comes back below it: the service of the client that was served last, when it was its turn, or everybody's equal
    /// part of what was served since, where that is more.
    ///
    /// Without the latter, clients that come back again and again, or ever new ones, could keep the level where it is and
    /// one that is above it waiting for ever.
    private var level = ByClass(interactive: 0.0, batch: 0.0)
    /// Slot time in nanoseconds that was charged since the level was last set.
    private var served = ByClass(interactive: 0.0, batch: 0.0)
    private var counts = ByClass(interactive: 0, batch: 0)
    /// Clients by the places they hold for their weight, most first; once all places, once those of batch.
    ///
    /// Where all are one client, whoever holds the newest place comes first.
    private var holders = ByClass(interactive: IndexedHeap<Holding>(), batch: IndexedHeap<Holding>())
    /// The weights of all clients that hold a place, in millionths.
    private var waitingMillionths = 0
    /// The weights of all clients that have an entry, in millionths.
    private var knownMillionths = 0
    private var batchCredit = BatchCredit()
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

    /// The request that is next in the better of the classes that wait, as between models of shared slots; `nil` where none waits.
    var head: Int? {
        let requestClass: RequestClass = self.counts.interactive > 0 ? .interactive : .batch
        return self.turns[requestClass].min.flatMap { self.clients[$0].parts[requestClass].waiters.first }
    }

    /// Who the client of an entry is.
    func client(_ index: Int) -> Client { self.clients[index].client }

    // MARK: - Clients

    /// The entry of a client that has a request from now on.
    mutating func entry(for client: Client, now: Instant) -> Int {
        if let index = self.index(of: client) {
            self.lastUsed = index
            if self.clients[index].links.isLinked { self.wake(index, client, now: now) }
            for requestClass in RequestClass.allCases where self.clients[index].parts[requestClass].waiters.count == 0 {
                self.lift(index, requestClass)
            }
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
        self.knownMillionths += self.clients[index].millionths
        for requestClass in RequestClass.allCases { self.lift(index, requestClass) }
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
        for requestClass in RequestClass.allCases {
            self.clients[index].parts[requestClass].service = self.rest(of: index, requestClass, now: now)
        }
        self.knownMillionths -= self.clients[index].millionths
        self.clients[index].client = client
        self.knownMillionths += self.clients[index].millionths
        self.clients[index].epoch = self.epoch
    }

    /// What an idle client still has of its service, so much of it being forgiven.
    private func rest(of index: Int, _ requestClass: RequestClass, now: Instant) -> Double {
        let client = self.clients[index]
        guard client.epoch == self.epoch else { return 0 }
        let forgiven = Double(now.nanoseconds - client.idleSince.nanoseconds) / client.client.weight
        return client.parts[requestClass].service - forgiven
    }

    /// Remembers a client that has nothing left, and lets go of those of which there is nothing to remember any more.
    ///
    /// To be called whenever something of it has ended for good.
    mutating func releaseIfIdle(_ index: Int, now: Instant) {
        guard self.clients[index].isIdle, !self.clients[index].links.isLinked else { return }
        self.clients[index].idleSince = now
        self.idle.append(index, in: &self.clients)
        while let oldest = self.idle.first, self.idle.count > Self.maxIdle || self.isForgiven(oldest, now: now) {
            self.idle.remove(oldest, in: &self.clients)
            self.indices[self.clients[oldest].client.name] = nil
            self.knownMillionths -= self.clients[oldest].millionths
            self.free.append(oldest)
            if self.lastUsed == oldest { self.lastUsed = -1 }
        }
    }

    private func isForgiven(_ index: Int, now: Instant) -> Bool {
        RequestClass.allCases.allSatisfy { self.rest(of: index, $0, now: now) <= self.level[$0] }
    }

    /// The model is idle: all clients are level again.
    mutating func beginAnew() {
        self.epoch += 1
        self.level = ByClass(interactive: 0, batch: 0)
        self.served = ByClass(interactive: 0, batch: 0)
    }

    // MARK: - Coming and leaving

    /// Adds the newest request of a client.
    mutating func append<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        if requestClass == .batch, self.counts.batch == 0 { self.batchCredit = BatchCredit() }
        self.willAppend(client)
        self.clients[client].parts[requestClass].waiters.append(request, in: &requests.nodes)
        self.didChange(client, requestClass, by: 1, in: requests)
    }

    /// Puts back a request that had already started, before all of its client that arrived after it.
    ///
    /// Only others that were put back can stand before it, so this looks at no more of them than there are slots.
    mutating func putBack<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let sequence = requests.nodes[request].sequence
        self.willAppend(client)
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
        if self.clients[client].places == 0 { self.waitingMillionths -= self.clients[client].millionths }
    }

    private mutating func willAppend(_ client: Int) {
        if self.clients[client].places == 0 { self.waitingMillionths += self.clients[client].millionths }
    }

    /// Nobody who comes and has nothing waiting is below the level at which the class is served.
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
        self.updateHolding(client, .interactive, in: requests)
        if requestClass == .batch { self.updateHolding(client, .batch, in: requests) }
    }

    /// Notes what a client holds that may give way to a newcomer of a class.
    private mutating func updateHolding<Payload>(
        _ index: Int,
        _ requestClass: RequestClass,
        in requests: RequestTable<Payload>
    ) {
        guard let newest = self.clients[index].givesWay(to: requestClass) else {
            return self.holders[requestClass].remove(index)
        }
        var places = 0.0
        if self.policy.isFair {
            let count =
                requestClass == .interactive
                ? self.clients[index].places : self.clients[index].parts.batch.waiters.count
            places = Double(count) / self.clients[index].client.weight
        }
        self.holders[requestClass].set(index, Holding(places: places, newest: requests.nodes[newest].sequence))
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

    /// Takes out the waiter that gets the next slot, and says by which rule.
    ///
    /// 1. Batch has earned a request: batch.
    /// 2. An interactive request waits: interactive.
    /// 3. Else: batch.
    ///
    /// - Parameters:
    ///   - batchFits: Whether batch may have the slot.
    ///   - typical: What a request is charged when it starts.
    mutating func takeNext<Payload>(
        batchFits: Bool,
        typical: Int64,
        in requests: inout RequestTable<Payload>
    ) -> (request: Int, rule: StartRule)? {
        guard let next = self.next(batchFits: batchFits, typical: typical) else { return nil }
        self.remove(next.request, in: &requests)
        return next
    }

    private func next(batchFits: Bool, typical: Int64) -> (request: Int, rule: StartRule)? {
        let batch = batchFits ? self.turns.batch.min : nil
        if let batch, self.counts.interactive > 0, self.batchCredit.missing(for: Double(typical)) <= 0,
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
        let part = self.served[requestClass] * 1_000_000 / Double(self.knownMillionths)
        self.level[requestClass] = max(
            self.level[requestClass] + part,
            self.clients[client].parts[requestClass].service
        )
        self.served[requestClass] = 0
        self.batchCredit.limit(typical: Double(charge))
        requests.entries[request].charged = 0
        requests.entries[request].paid = 0
        self.charge(request, more: charge, in: &requests)
    }

    /// A request takes slot time, or turns out to take more or less than it was charged.
    mutating func charge<Payload>(_ request: Int, more nanoseconds: Int64, in requests: inout RequestTable<Payload>) {
        requests.entries[request].charged += nanoseconds
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let amount = Double(nanoseconds)
        self.clients[client].parts[requestClass].service += amount / self.clients[client].client.weight
        self.served[requestClass] += amount
        switch requestClass {
        case .interactive:
            if self.counts.batch > 0 { self.batchCredit.earn(amount * self.policy.batchShare) }
        case .batch where nanoseconds >= 0:
            requests.entries[request].paid += self.batchCredit.pay(amount)
        case .batch:
            let unused = min(requests.entries[request].paid, -amount)
            requests.entries[request].paid -= unused
            self.batchCredit.earn(unused)
        }
        if self.clients[client].parts[requestClass].waiters.count > 0 {
            self.updateTurn(client, requestClass, in: requests)
        }
    }

    /// A request has given its slot back after so many nanoseconds.
    mutating func end<Payload>(_ request: Int, processing: Int64, in requests: inout RequestTable<Payload>) {
        let client = requests.entries[request].client
        self.charge(request, more: processing - requests.entries[request].charged, in: &requests)
        self.clients[client].active -= 1
    }

    // MARK: - A full queue

    /// The waiter that gives way to a newcomer, or `nil` where the newcomer is rejected.
    ///
    /// 1. One place more is within the share of the newcomer's client: the newest waiter of the client that holds most
    ///    for its weight; the newest batch one where there is one, and no other where the newcomer is batch itself.
    /// 2. The newcomer is interactive and its client holds a batch place: the newest of these.
    func victim(for client: Int, _ requestClass: RequestClass, limit: Int) -> Int? {
        guard limit > 0 else { return nil }
        guard self.policy.isFair else {
            return requestClass == .interactive
                ? self.holders.batch.min.flatMap { self.clients[$0].givesWay(to: .batch) } : nil
        }
        let own = self.clients[client]
        let weights = Double(self.waitingMillionths + (own.places == 0 ? own.millionths : 0))
        func share(of client: ClientQueue) -> Double { Double(limit) * Double(client.millionths) / weights }
        if Double(own.places + 1) <= share(of: own), let most = self.holders[requestClass].min, most != client {
            let other = self.clients[most]
            if Double(other.places) > share(of: other) { return other.givesWay(to: requestClass) }
        }
        return requestClass == .interactive ? own.givesWay(to: .batch) : nil
    }

    // MARK: - Readings

    /// The position that a newcomer would have, about.
    ///
    /// - Parameter typical: What a request is charged when it starts.
    func position(of client: Int, _ requestClass: RequestClass, typical: Int64) -> Int {
        let waiting = self.clients[client].parts[requestClass].waiters.count
        let others =
            self.policy.isFair
            ? self.othersBefore(client, requestClass, ahead: waiting, typical: Double(typical))
            : self.counts[requestClass] - waiting
        return self.position(waiting + others + 1, requestClass, typical: Double(typical))
    }

    /// The position of a waiter, about.
    func position<Payload>(of request: Int, typical: Int64, in requests: RequestTable<Payload>) -> Int {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let ahead = self.ahead(of: request, in: self.clients[client].parts[requestClass].waiters, requests)
        if self.policy.isFair {
            let others = self.othersBefore(client, requestClass, ahead: ahead, typical: Double(typical))
            return self.position(ahead + others + 1, requestClass, typical: Double(typical))
        }
        // As if arrivals were spread evenly over those that wait.
        let oldest = self.turns[requestClass].min.flatMap { self.clients[$0].parts[requestClass].waiters.first }
        let first = requests.nodes[oldest ?? request].sequence
        let part =
            Double(requests.nodes[request].sequence - first) / Double(max(1, requests.nextSequence - first))
        let before = max(ahead, Int(part * Double(self.counts[requestClass])))
        return self.position(before + 1, requestClass, typical: Double(typical))
    }

    /// How many waiters of its client stand before a waiter, found by walking to the nearer end of their list.
    private func ahead<Payload>(of request: Int, in list: IntrusiveList, _ requests: RequestTable<Payload>) -> Int {
        var (before, behind) = (requests.nodes[request].links.previous, requests.nodes[request].links.next)
        for steps in 0..<Self.walk {
            if before < 0 { return steps }
            if behind < 0 { return list.count - 1 - steps }
            before = requests.nodes[Int(before)].links.previous
            behind = requests.nodes[Int(behind)].links.next
        }
        // Deep in a long list: as if arrivals were spread evenly over those that are not counted.
        guard let first = list.first, let last = list.last else { return 0 }
        let (oldest, newest) = (requests.nodes[first].sequence, requests.nodes[last].sequence)
        let part = Double(requests.nodes[request].sequence - oldest) / Double(max(1, newest - oldest))
        return min(max(Self.walk, Int(part * Double(list.count - 1))), list.count - 1 - Self.walk)
    }

    /// How many waiters of other clients go before one of a client that has so many of its own ahead.
    ///
    /// As if each request took what it is charged.
    private func othersBefore(_ client: Int, _ requestClass: RequestClass, ahead: Int, typical: Double) -> Int {
        let others = self.counts[requestClass] - self.clients[client].parts[requestClass].waiters.count
        guard others > 0 else { return 0 }
        let service = self.clients[client].parts[requestClass].service
        let turn = service + Double(ahead) * typical / self.clients[client].client.weight
        let count = self.turns[requestClass].count
        let step = max(1, count / Self.sample)
        var (before, seen, position) = (0.0, 0.0, 0)
        while position < count {
            let other = self.turns[requestClass][position]
            let service = self.clients[other].parts[requestClass].service
            seen += 1
            position += step
            if other == client || service > turn { continue }
            let rounds = (turn - service) * self.clients[other].client.weight / typical
            before += min(Double(self.clients[other].parts[requestClass].waiters.count), rounds.rounded(.down) + 1)
        }
        return min(others, Int(before * Double(count) / seen))
    }

    /// The position over both classes of the waiter at a position of its class.
    private func position(_ position: Int, _ requestClass: RequestClass, typical: Double) -> Int {
        guard requestClass == .batch else { return position }
        // Of those that wait in the other class no more go before it than it takes to earn its turn.
        let missing = max(0, self.batchCredit.missing(for: Double(position) * typical))
        let needed = (missing / (typical * self.policy.batchShare)).rounded(.up)
        return position + Int(min(Double(self.counts.interactive), needed))
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
            for requestClass in RequestClass.allCases {
                self.updateTurn(client, requestClass, in: requests)
                self.updateHolding(client, requestClass, in: requests)
            }
        }
    }

    /// All waiters in the order in which they would start if nobody else came, were the slots to free one by one.
    ///
    /// - Parameter requests: A copy of the requests, in which they are started.
    func order<Payload>(typical: Int64, in requests: inout RequestTable<Payload>) -> [Int] {
        var queue = self
        var order: [Int] = []
        while let (request, _) = queue.takeNext(batchFits: true, typical: typical, in: &requests) {
            order.append(request)
            queue.start(request, charge: typical, in: &requests)
        }
        return order
    }
}
