// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The waiters of one model, and who of them is next.
///
/// Between two classes: interactive first, except that batch earns a share of the slot time that interactive requests take
/// while it waits, and is next once when it has earned one request. Between the clients of a class: the one with the least
/// service for its weight (``ClientTable``). Within a client: order of arrival. Rules and sources: contract, section 11.
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

    /// How many clients are looked at for a position; of more it is a sample.
    private static let maxSample = 64
    /// How many waiters of one client are walked along for a position, forwards and backwards; of more it is an estimate.
    private static let maxWalk = 4_096

    private(set) var policy: AdmissionPolicy
    private var clients = ClientTable()
    /// Waiters that may start: those of clients that are not blocked.
    private var counts = ByClass(interactive: 0, batch: 0)
    private var blockedCount = 0
    /// The clients with waiters of a class, by whose turn it is.
    private var turns = ByClass(
        interactive: IndexedHeap<ClientIndex, Turn>(),
        batch: IndexedHeap<ClientIndex, Turn>()
    )
    /// The clients with waiters that may give way to a newcomer of a class: any waiter to an interactive one, batch to batch.
    ///
    /// Under a policy without fairness all are one client, and the newest waiter comes first.
    private var shares = ByClass(
        interactive: IndexedHeap<ClientIndex, QueueShare>(),
        batch: IndexedHeap<ClientIndex, QueueShare>()
    )
    /// The weights of all clients with waiters, in millionths.
    private var waitingMillionths = 0
    private var batchCredit = BatchCredit()

    init(policy: AdmissionPolicy) {
        self.policy = policy
    }

    /// How many requests wait that may start.
    var count: Int { self.counts.interactive + self.counts.batch }

    /// How many batch requests wait that may start.
    var batchCount: Int { self.counts.batch }

    /// How many requests of a client wait.
    func waiting(of client: ClientIndex) -> Int { self.clients[client].waiting }

    /// Whether nobody waits.
    var isEmpty: Bool { self.count + self.blockedCount == 0 }

    /// How many clients have a request that waits or holds a slot.
    var clientCount: Int { self.clients.busyCount }

    /// The request that is next in the better of the classes that wait, as between models that share slots; `nil` if none waits.
    var head: RequestIndex? {
        let requestClass: RequestClass = self.counts.interactive > 0 ? .interactive : .batch
        return self.turns[requestClass].min.flatMap { self.clients[$0].parts[requestClass].waiters.first }
    }

    /// Who the client of an entry is.
    func client(_ index: ClientIndex) -> Client { self.clients[index].client }

    // MARK: - Clients

    /// The entry of a client that has a request from now on.
    mutating func entry(for client: Client, now: Instant) -> ClientIndex { self.clients.entry(for: client, now: now) }

    /// Releases the entry of a client that has nothing left. To be called whenever a request of it has ended for good.
    mutating func releaseIfIdle(_ client: ClientIndex, now: Instant) { self.clients.releaseIfIdle(client, now: now) }

    /// The model is idle: all clients have had the same service.
    mutating func reset() { self.clients.reset() }

    /// Keeps the waiters of a client from starting, or no longer. They keep their places.
    mutating func setBlocked<Payload>(_ index: ClientIndex, _ isBlocked: Bool, in requests: RequestTable<Payload>) {
        guard self.clients[index].isBlocked != isBlocked else { return }
        self.clients[index].isBlocked = isBlocked
        for requestClass in RequestClass.allCases {
            let change = self.clients[index].parts[requestClass].waiters.count
            if requestClass == .batch, !isBlocked, change > 0, self.counts.batch == 0 {
                self.batchCredit = BatchCredit()
            }
            self.counts[requestClass] += isBlocked ? -change : change
            self.blockedCount += isBlocked ? change : -change
            self.updateTurn(index, requestClass, in: requests)
        }
    }

    /// A client that was not allowed to run may again: it begins at the virtual time.
    mutating func liftToVirtualTime<Payload>(_ index: ClientIndex, in requests: RequestTable<Payload>) {
        self.clients.liftToVirtualTime(index)
        for requestClass in RequestClass.allCases { self.updateTurn(index, requestClass, in: requests) }
    }

    // MARK: - Entering and leaving

    /// Adds the newest request of a client.
    mutating func append<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        if requestClass == .batch, self.counts.batch == 0 { self.batchCredit = BatchCredit() }
        self.willAppend(client)
        self.clients[client].parts[requestClass].waiters.append(request, in: &requests.nodes)
        self.didChange(client, requestClass, by: 1, in: requests)
    }

    /// Puts back a request that had already started, in front of all of its client that arrived after it.
    ///
    /// Only others that were put back can be in front of it, so this looks at no more of them than there are slots.
    mutating func putBack<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let sequence = requests.nodes[request].sequence
        self.willAppend(client)
        var candidate = self.clients[client].parts[requestClass].waiters.first
        while let other = candidate, requests.nodes[other].sequence < sequence {
            candidate = requests.nodes[other].links.next
        }
        if let later = candidate {
            self.clients[client].parts[requestClass].waiters.insert(request, before: later, in: &requests.nodes)
        } else {
            self.clients[client].parts[requestClass].waiters.append(request, in: &requests.nodes)
        }
        self.didChange(client, requestClass, by: 1, in: requests)
    }

    /// Takes a waiter out, wherever it is in the queue.
    mutating func remove<Payload>(_ request: RequestIndex, in requests: inout RequestTable<Payload>) {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        self.clients[client].parts[requestClass].waiters.remove(request, in: &requests.nodes)
        self.didChange(client, requestClass, by: -1, in: requests)
        if self.clients[client].waiting == 0 { self.waitingMillionths -= self.clients[client].millionths }
    }

    private mutating func willAppend(_ client: ClientIndex) {
        if self.clients[client].waiting == 0 { self.waitingMillionths += self.clients[client].millionths }
    }

    private mutating func didChange<Payload>(
        _ client: ClientIndex,
        _ requestClass: RequestClass,
        by change: Int,
        in requests: RequestTable<Payload>
    ) {
        if self.clients[client].isBlocked { self.blockedCount += change } else { self.counts[requestClass] += change }
        self.updateTurn(client, requestClass, in: requests)
        self.updateShare(client, .interactive, in: requests)
        if requestClass == .batch { self.updateShare(client, .batch, in: requests) }
    }

    /// Notes how much of the queue a client takes up that may give way to a newcomer of a class.
    private mutating func updateShare<Payload>(
        _ index: ClientIndex,
        _ requestClass: RequestClass,
        in requests: RequestTable<Payload>
    ) {
        guard let newest = self.clients[index].victim(for: requestClass) else {
            return self.shares[requestClass].remove(index)
        }
        var waiters = 0.0
        if self.policy.isFair {
            let count =
                requestClass == .interactive
                ? self.clients[index].waiting : self.clients[index].parts.batch.waiters.count
            waiters = Double(count) / self.clients[index].client.weight
        }
        self.shares[requestClass].set(index, QueueShare(waiters: waiters, newest: requests.nodes[newest].sequence))
    }

    private mutating func updateTurn<Payload>(
        _ client: ClientIndex,
        _ requestClass: RequestClass,
        in requests: RequestTable<Payload>
    ) {
        guard !self.clients[client].isBlocked, let head = self.clients[client].parts[requestClass].waiters.first else {
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
    @inline(__always)
    func next(batchFits: Bool, typical: Int64) -> (request: RequestIndex, rule: StartRule)? {
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

    /// Calls with the oldest waiter of each client and class.
    @inline(__always)
    func forEachHead(_ body: (RequestIndex) -> Void) {
        for position in 0..<self.turns.interactive.count {
            let client = self.turns.interactive[position]
            if let head = self.clients[client].parts.interactive.waiters.first { body(head) }
        }
        for position in 0..<self.turns.batch.count {
            let client = self.turns.batch[position]
            if let head = self.clients[client].parts.batch.waiters.first { body(head) }
        }
    }

    /// When the batch request arrived that has waited longest; `nil` if none waits that may start.
    func oldestBatch<Payload>(in requests: RequestTable<Payload>) -> Instant? {
        var oldest: Instant?
        for position in 0..<self.turns.batch.count {
            guard let head = self.clients[self.turns.batch[position]].parts.batch.waiters.first else { continue }
            oldest = min(oldest ?? .distantFuture, requests.entries[head].arrived)
        }
        return oldest
    }

    // MARK: - Service

    /// A request that does not wait (any more) has its slot.
    mutating func start<Payload>(_ request: RequestIndex, charge: Int64, in requests: inout RequestTable<Payload>) {
        self.clients.start(requests.entries[request].client, requests.entries[request].requestClass)
        self.batchCredit.limit(typical: Double(charge))
        requests.entries[request].charged = 0
        requests.entries[request].paid = 0
        self.charge(request, more: charge, in: &requests)
    }

    /// A request takes slot time, or turns out to take more or less than it was charged.
    mutating func charge<Payload>(
        _ request: RequestIndex,
        more nanoseconds: Int64,
        in requests: inout RequestTable<Payload>
    ) {
        requests.entries[request].charged += nanoseconds
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let amount = Double(nanoseconds)
        self.clients.charge(client, requestClass, amount)
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

    /// A request has given its slot back, and has cost so many nanoseconds of slot time in all.
    mutating func end<Payload>(_ request: RequestIndex, cost: Int64, in requests: inout RequestTable<Payload>) {
        let client = requests.entries[request].client
        self.charge(request, more: cost - requests.entries[request].charged, in: &requests)
        self.clients.end(client)
    }

    // MARK: - A full queue

    /// The waiter that gives way to a newcomer, or `nil` if the newcomer is rejected.
    ///
    /// 1. One waiter more is within the share of the newcomer's client: the newest waiter of the client that has most for its
    ///    weight; the newest batch one if there is one, and no other if the newcomer is batch itself.
    /// 2. The newcomer is interactive and its client has a batch waiter: the newest of these.
    func victim(for client: ClientIndex, _ requestClass: RequestClass, limit: Int) -> RequestIndex? {
        guard limit > 0 else { return nil }
        guard self.policy.isFair else {
            return requestClass == .interactive
                ? self.shares.batch.min.flatMap { self.clients[$0].victim(for: .batch) } : nil
        }
        let own = self.clients[client]
        let weights = Double(self.waitingMillionths + (own.waiting == 0 ? own.millionths : 0))
        func share(of client: ClientQueue) -> Double { Double(limit) * Double(client.millionths) / weights }
        if Double(own.waiting + 1) <= share(of: own), let most = self.shares[requestClass].min, most != client {
            let other = self.clients[most]
            if Double(other.waiting) > share(of: other) { return other.victim(for: requestClass) }
        }
        return requestClass == .interactive ? own.victim(for: .batch) : nil
    }

    /// The waiter that gives way first to a newcomer that waits in another queue.
    func newest(for requestClass: RequestClass) -> RequestIndex? {
        self.shares[requestClass].min.flatMap { self.clients[$0].victim(for: requestClass) }
    }

    // MARK: - Positions

    /// The position that a newcomer would have, about.
    ///
    /// It changes nothing, but is mutating: a queue that is only read would be copied first.
    ///
    /// - Parameter typical: What a request is charged when it starts.
    mutating func position(of client: ClientIndex, _ requestClass: RequestClass, typical: Int64) -> Int {
        let waiting = self.clients[client].parts[requestClass].waiters.count
        let others =
            self.policy.isFair
            ? self.othersBefore(client, requestClass, ahead: waiting, typical: Double(typical))
            : self.countOfOthers(client, requestClass)
        return self.position(waiting + others + 1, requestClass, typical: Double(typical))
    }

    /// The position of a waiter, about.
    func position<Payload>(of request: RequestIndex, typical: Int64, in requests: RequestTable<Payload>) -> Int {
        let position = self.positionInClass(of: request, typical: typical, in: requests)
        return self.position(position, requests.entries[request].requestClass, typical: Double(typical))
    }

    /// The position of a waiter among those of its class, about.
    func positionInClass<Payload>(of request: RequestIndex, typical: Int64, in requests: RequestTable<Payload>) -> Int {
        let (client, requestClass) = (requests.entries[request].client, requests.entries[request].requestClass)
        let ahead = self.ahead(of: request, in: self.clients[client].parts[requestClass].waiters, requests)
        if self.policy.isFair {
            return ahead + self.othersBefore(client, requestClass, ahead: ahead, typical: Double(typical)) + 1
        }
        // As if arrivals were spread evenly over those that wait.
        let oldest = self.turns[requestClass].min.flatMap { self.clients[$0].parts[requestClass].waiters.first }
        let sequence = requests.nodes[request].sequence
        // A request that is held back may be older than all those whose turn comes.
        let first = min(requests.nodes[oldest ?? request].sequence, sequence)
        let part = Double(sequence - first) / Double(max(1, requests.nextSequence - first))
        return max(ahead, Int(part * Double(self.counts[requestClass]))) + 1
    }

    /// How many waiters of its client are in front of a waiter, found by walking to the nearer end of their list.
    private func ahead<Payload>(
        of request: RequestIndex,
        in list: IntrusiveList<RequestIndex>,
        _ requests: RequestTable<Payload>
    ) -> Int {
        var (before, behind) = (requests.nodes[request].links.previous, requests.nodes[request].links.next)
        for steps in 0..<Self.maxWalk {
            guard let previous = before else { return steps }
            guard let next = behind else { return list.count - 1 - steps }
            before = requests.nodes[previous].links.previous
            behind = requests.nodes[next].links.next
        }
        // Deep in a long list: as if arrivals were spread evenly over those that are not counted.
        guard let first = list.first, let last = list.last else { return 0 }
        let (oldest, newest) = (requests.nodes[first].sequence, requests.nodes[last].sequence)
        let part = Double(requests.nodes[request].sequence - oldest) / Double(max(1, newest - oldest))
        return min(max(Self.maxWalk, Int(part * Double(list.count - 1))), list.count - 1 - Self.maxWalk)
    }

    /// How many waiters of other clients may start.
    private func countOfOthers(_ client: ClientIndex, _ requestClass: RequestClass) -> Int {
        let own = self.clients[client].isBlocked ? 0 : self.clients[client].parts[requestClass].waiters.count
        return self.counts[requestClass] - own
    }

    /// How many waiters of other clients go before one of a client that has so many of its own ahead.
    ///
    /// As if each request took what it is charged.
    private func othersBefore(_ client: ClientIndex, _ requestClass: RequestClass, ahead: Int, typical: Double) -> Int {
        let others = self.countOfOthers(client, requestClass)
        guard others > 0 else { return 0 }
        let service = self.clients[client].parts[requestClass].service
        let turn = service + Double(ahead) * typical / self.clients[client].client.weight
        let count = self.turns[requestClass].count
        let step = max(1, count / Self.maxSample)
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
        let most = self.interactiveBefore(position, typical: typical)
        return position + Int(min(Double(self.counts.interactive), most))
    }

    /// The position over both classes of the batch waiter at a position of its class, if interactive requests never run out; nil if it
    /// would never be its turn then.
    func latestPosition(_ position: Int, typical: Double) -> Int? {
        guard self.policy.batchShare > 0 else { return nil }
        return position + Int(min(1e9, self.interactiveBefore(position, typical: typical)))
    }

    /// How many interactive requests go before the batch waiter at a position of its class at most: as many as it takes to earn its turn.
    private func interactiveBefore(_ position: Int, typical: Double) -> Double {
        let missing = max(0, self.batchCredit.missing(for: Double(position) * typical))
        return (missing / (typical * self.policy.batchShare)).rounded(.up)
    }

    /// All waiters in the order in which they would start if nobody else came and slots became free one by one; last those that may
    /// not start yet, client by client.
    ///
    /// - Parameter requests: A copy of the requests, in which they are started.
    func order<Payload>(typical: Int64, in requests: inout RequestTable<Payload>) -> [RequestIndex] {
        var queue = self
        var order: [RequestIndex] = []
        while let (request, _) = queue.next(batchFits: true, typical: typical) {
            queue.remove(request, in: &requests)
            order.append(request)
            queue.start(request, charge: typical, in: &requests)
        }
        guard queue.blockedCount > 0 else { return order }
        for client in queue.clients.indicesWithFree where queue.clients[client].isBlocked {
            for requestClass in RequestClass.allCases {
                while let request = queue.clients[client].parts[requestClass].waiters.first {
                    queue.remove(request, in: &requests)
                    order.append(request)
                }
            }
        }
        return order
    }

    // MARK: - Changes

    /// Applies another policy, to those who wait, too.
    mutating func setPolicy<Payload>(_ policy: AdmissionPolicy, in requests: RequestTable<Payload>) {
        self.policy = policy
        for client in self.clients.indicesWithFree {
            for requestClass in RequestClass.allCases {
                self.updateTurn(client, requestClass, in: requests)
                self.updateShare(client, requestClass, in: requests)
            }
        }
    }
}
