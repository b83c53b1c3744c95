// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The index of an account in ``Accounts``.
struct AccountIndex: TableIndex {
    let row: Int32

    /// In place of an account, for a request that has none.
    static var none: AccountIndex { AccountIndex(row: -1) }

    /// Whether it is the index of an account.
    var exists: Bool { self.row >= 0 }
}

/// The service that each client has had over all models and backends, in machine time, by start-time fair queueing.
///
/// The virtual time is what everybody's equal part of the machine time would be. A client that is new begins where the client with
/// requests is that has had least, but not more than the slack below the virtual time: so ever new clients cannot stay in front of
/// those that are known.
///
/// One account per client and class. A class is a weight: batch has the share of it that the policy gives batch. Fairness over
/// models needs it, as a client that uses three models would otherwise have three shares.
struct Accounts {
    /// Whose an account is.
    private struct Key: Hashable {
        let client: String
        let requestClass: RequestClass
    }

    private struct Account: Linked {
        let key: Key
        /// Zero as long as nothing of it waits or is active.
        var busyWeight = 0.0
        /// What a nanosecond of machine time is divided by.
        var weight: Double
        /// Nanoseconds of machine time for a weight of 1.
        var service = 0.0
        /// Requests that wait or hold a slot.
        var requests = 0
        /// Whether its client is paused: it competes with nobody.
        var isHeld = false
        var idleSince = Instant.distantFuture
        var links = Links<AccountIndex>()
    }

    /// How many idle accounts are kept.
    private static let maxIdle = 256

    private var accounts = Table<AccountIndex, Account>()
    private var indices: [Key: AccountIndex] = [:]
    /// Accounts with requests, the least service first.
    private var busy = IndexedHeap<AccountIndex, Double>()
    /// Accounts without requests, the one that has been idle longest first.
    private var idle = IntrusiveList<AccountIndex>()

    private var virtualTime = 0.0
    /// The weights of all that have requests.
    private var busyWeight = 0.0

    /// The least service of those that have requests; the virtual time if nobody has.
    var level: Double { self.busy.min.map { self.accounts[$0].service } ?? self.virtualTime }

    /// How many accounts have requests.
    var busyCount: Int { self.busy.count }

    /// What an account has had; the level for a request that has none.
    func service(of index: AccountIndex) -> Double {
        index.exists ? self.accounts[index].service : self.level
    }

    /// What a client has had; `nil` if it has no account.
    func service(of client: String, _ requestClass: RequestClass) -> Double? {
        self.indices[Key(client: client, requestClass: requestClass)].map { self.accounts[$0].service }
    }

    /// A request of a client has arrived.
    ///
    /// A client that comes back has at most `slack` less than the one with requests that has had least. Credit fades by a second per
    /// second, so that the pauses of a client that asks one thing after the other do not cost it what it is owed. Debt fades in the
    /// same way, as long as it is not `slack` below the virtual time: or those who take turns in pausing would stay in front of one
    /// that never pauses.
    ///
    /// - Parameters:
    ///   - client: Whose request it is.
    ///   - requestClass: Its class.
    ///   - share: The weight of the class.
    ///   - slack: How much credit a client may keep, in nanoseconds.
    ///   - now: The time.
    mutating func arrived(
        _ client: Client,
        _ requestClass: RequestClass,
        share: Double,
        slack: Double,
        now: Instant
    ) -> AccountIndex {
        let key = Key(client: client.name, requestClass: requestClass)
        let index: AccountIndex
        if let known = self.indices[key] {
            index = known
            if self.accounts[index].requests == 0 {
                self.idle.remove(index, in: &self.accounts)
                let pause = now.nanoseconds(since: self.accounts[index].idleSince)
                self.returned(index, after: Double(max(0, pause)), slack: slack)
            }
        } else {
            let service = max(self.level, self.virtualTime - slack)
            index = self.accounts.insert(Account(key: key, weight: 1, service: service))
            self.indices[key] = index
        }
        self.accounts[index].weight = client.weight * share
        self.accounts[index].requests += 1
        self.compete(index)
        return index
    }

    /// An account with requests takes part in what is shared, unless its client is paused.
    private mutating func compete(_ index: AccountIndex) {
        guard !self.accounts[index].isHeld else { return }
        self.setBusyWeight(of: index, self.accounts[index].weight)
        self.busy.set(index, self.accounts[index].service)
    }

    /// A client is paused, or no longer.
    ///
    /// As long as it is, its account is as if it had no requests: nobody is compared with it. After that it has had no less than the client
    /// with requests that has had least, so that a long pause is no credit.
    mutating func setHeld(_ client: String, _ isHeld: Bool) {
        for requestClass in RequestClass.allCases {
            guard let index = self.indices[Key(client: client, requestClass: requestClass)],
                self.accounts[index].isHeld != isHeld
            else { continue }
            self.accounts[index].isHeld = isHeld
            guard self.accounts[index].requests > 0 else { continue }
            if isHeld {
                self.rest(index)
            } else {
                self.accounts[index].service = max(self.accounts[index].service, self.level)
                self.compete(index)
            }
        }
    }

    private mutating func rest(_ index: AccountIndex) {
        self.busy.remove(index)
        self.setBusyWeight(of: index, 0)
        // Nothing is left of what rounding has added up.
        if self.busy.count == 0 { self.busyWeight = 0 }
    }

    /// A client is back after a pause: credit and debt fade towards the level, but debt not further than the slack below the virtual
    /// time.
    private mutating func returned(_ index: AccountIndex, after pause: Double, slack: Double) {
        let (service, level) = (self.accounts[index].service, self.level)
        let bottom = max(level, self.virtualTime - slack)
        if service < level {
            self.accounts[index].service = max(min(level, service + pause), level - slack)
        } else if service > bottom {
            self.accounts[index].service = max(bottom, service - pause)
        }
    }

    private mutating func setBusyWeight(of index: AccountIndex, _ weight: Double) {
        self.busyWeight += weight - self.accounts[index].busyWeight
        self.accounts[index].busyWeight = weight
    }

    /// An account is charged machine time in nanoseconds; negative if it was charged too much before.
    mutating func charge(_ index: AccountIndex, _ nanoseconds: Double) {
        guard index.exists else { return }
        self.accounts[index].service += nanoseconds / self.accounts[index].weight
        guard self.accounts[index].requests > 0 else { return }
        self.virtualTime += nanoseconds / max(self.busyWeight, self.accounts[index].weight)
        if !self.accounts[index].isHeld { self.busy.set(index, self.accounts[index].service) }
    }

    /// A request of an account has ended, or left its queue for good.
    mutating func ended(_ index: AccountIndex, now: Instant) {
        guard index.exists else { return }
        self.accounts[index].requests -= 1
        guard self.accounts[index].requests == 0 else { return }
        self.rest(index)
        self.accounts[index].idleSince = now
        self.idle.append(index, in: &self.accounts)
        while self.idle.count > Self.maxIdle, let oldest = self.idle.first {
            self.idle.remove(oldest, in: &self.accounts)
            self.indices[self.accounts[oldest].key] = nil
            self.accounts.remove(oldest)
        }
    }
}
