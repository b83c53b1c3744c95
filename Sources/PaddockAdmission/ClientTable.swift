// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The clients of one model and the service that each has had, by start-time fair queueing.
///
/// The virtual time of a class is the service at which the class is served. A client that comes, or comes back, begins at the
/// virtual time, so that idle clients earn no credit. Service above it is kept while a client is idle, and decays by one second
/// per second for a weight of 1. Rules and sources: contract, section 11.
struct ClientTable {
    /// How many idle clients are remembered for their service above the virtual time.
    private static let maxIdle = 256

    private var clients = Table<ClientIndex, ClientQueue>()
    private var indices: [String: ClientIndex] = [:]
    /// The client that was used last.
    private var lastUsed: ClientIndex?
    /// Idle clients, the one that has been idle longest first.
    private var idle = IntrusiveList<ClientIndex>()
    /// The service of the client that was served last, when it was its turn, or everybody's equal part of what was served since,
    /// whichever is more.
    ///
    /// Without the latter, clients that come back again and again, or ever new ones, could keep the virtual time where it is
    /// and a client above it waiting for ever.
    private var virtualTime = ByClass(interactive: 0.0, batch: 0.0)
    /// Slot time in nanoseconds that was charged since the virtual time last advanced.
    private var served = ByClass(interactive: 0.0, batch: 0.0)
    /// The weights of all clients that have an entry, in millionths.
    private var totalMillionths = 0
    /// How often the model has been idle.
    private var busyPeriod = 0

    /// How many clients have an entry, idle ones included.
    var count: Int { self.clients.count }

    /// How many clients have a request that waits or holds a slot.
    var busyCount: Int { self.clients.count - self.idle.count }

    /// The indices of all clients, and of rows that are free.
    var indicesWithFree: TableIndices<ClientIndex> { self.clients.indices }

    /// A client by its index.
    subscript(index: ClientIndex) -> ClientQueue {
        @inline(__always) get { self.clients[index] }
        @inline(__always) _modify { yield &self.clients[index] }
    }

    // MARK: - Entries

    /// The entry of a client that has a request from now on.
    mutating func entry(for client: Client, now: Instant) -> ClientIndex {
        if let index = self.index(of: client) {
            self.lastUsed = index
            if self.clients[index].links.isLinked { self.leaveIdle(index, client, now: now) }
            self.raiseToVirtualTime(index)
            return index
        }
        let index = self.clients.insert(ClientQueue(client, busyPeriod: self.busyPeriod))
        self.indices[client.name] = index
        self.lastUsed = index
        self.totalMillionths += self.clients[index].millionths
        self.raiseToVirtualTime(index)
        return index
    }

    /// The entry of a client; the one that came last often comes again, and needs no table.
    private func index(of client: Client) -> ClientIndex? {
        if let last = self.lastUsed, self.clients[last].client.name == client.name { return last }
        return self.indices[client.name]
    }

    /// An idle client is back: its service has decayed in the meantime.
    private mutating func leaveIdle(_ index: ClientIndex, _ client: Client, now: Instant) {
        self.idle.remove(index, in: &self.clients)
        let interactive = self.decayedService(of: index, .interactive, now: now)
        let batch = self.decayedService(of: index, .batch, now: now)
        self.clients[index].parts.interactive.service = interactive
        self.clients[index].parts.batch.service = batch
        if self.clients[index].client.weight != client.weight {
            self.totalMillionths -= self.clients[index].millionths
            self.clients[index].client = client
            self.totalMillionths += self.clients[index].millionths
        }
        self.clients[index].busyPeriod = self.busyPeriod
    }

    /// What is left of the service of an idle client.
    @inline(__always)
    private func decayedService(of index: ClientIndex, _ requestClass: RequestClass, now: Instant) -> Double {
        guard self.clients[index].busyPeriod == self.busyPeriod else { return 0 }
        let idle = now.nanoseconds - self.clients[index].idleSince.nanoseconds
        return self.clients[index].parts[requestClass].service - Double(idle) / self.clients[index].client.weight
    }

    /// A client with nothing waiting is never below the virtual time of a class.
    private mutating func raiseToVirtualTime(_ index: ClientIndex) {
        self.raiseToVirtualTime(index, .interactive)
        self.raiseToVirtualTime(index, .batch)
    }

    /// A client that was not allowed to run begins at the virtual time, as one that was idle does.
    mutating func liftToVirtualTime(_ index: ClientIndex) {
        for requestClass in RequestClass.allCases {
            let service = self.clients[index].parts[requestClass].service
            self.clients[index].parts[requestClass].service = max(service, self.virtualTime[requestClass])
        }
    }

    @inline(__always)
    private mutating func raiseToVirtualTime(_ index: ClientIndex, _ requestClass: RequestClass) {
        guard self.clients[index].parts[requestClass].waiters.count == 0 else { return }
        let virtualTime = self.virtualTime[requestClass]
        if self.clients[index].parts[requestClass].service < virtualTime {
            self.clients[index].parts[requestClass].service = virtualTime
        }
    }

    /// Lists a client as idle if nothing of it waits or is active, and removes idle clients that need no memory any more.
    ///
    /// To be called whenever a request of it has ended for good.
    mutating func releaseIfIdle(_ index: ClientIndex, now: Instant) {
        guard self.clients[index].isIdle, !self.clients[index].links.isLinked else { return }
        self.clients[index].idleSince = now
        self.idle.append(index, in: &self.clients)
        while let oldest = self.idle.first, self.idle.count > Self.maxIdle || !self.isAhead(oldest, now: now) {
            self.idle.remove(oldest, in: &self.clients)
            self.indices[self.clients[oldest].client.name] = nil
            self.totalMillionths -= self.clients[oldest].millionths
            self.clients.remove(oldest)
            if self.lastUsed == oldest { self.lastUsed = nil }
        }
    }

    /// Whether an idle client has had more service than the virtual time.
    private func isAhead(_ index: ClientIndex, now: Instant) -> Bool {
        self.decayedService(of: index, .interactive, now: now) > self.virtualTime.interactive
            || self.decayedService(of: index, .batch, now: now) > self.virtualTime.batch
    }

    // MARK: - Service

    /// A request of a client gets a slot.
    mutating func start(_ index: ClientIndex, _ requestClass: RequestClass) {
        self.clients[index].active += 1
        let part = self.served[requestClass] * 1_000_000 / Double(self.totalMillionths)
        self.virtualTime[requestClass] = max(
            self.virtualTime[requestClass] + part,
            self.clients[index].parts[requestClass].service
        )
        self.served[requestClass] = 0
    }

    /// Charges a client for slot time in nanoseconds; negative if it was charged too much before.
    mutating func charge(_ index: ClientIndex, _ requestClass: RequestClass, _ nanoseconds: Double) {
        self.clients[index].parts[requestClass].service += nanoseconds / self.clients[index].client.weight
        self.served[requestClass] += nanoseconds
    }

    /// A request of a client has given its slot back.
    mutating func end(_ index: ClientIndex) { self.clients[index].active -= 1 }

    /// The model is idle: all clients have had the same service.
    mutating func reset() {
        self.busyPeriod += 1
        self.virtualTime = ByClass(interactive: 0, batch: 0)
        self.served = ByClass(interactive: 0, batch: 0)
    }
}
