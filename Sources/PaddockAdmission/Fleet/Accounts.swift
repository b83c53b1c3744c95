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

/// The service that each client has had over all models and backends, in machine time.
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
        /// What a nanosecond of machine time is divided by.
        var weight: Double
        /// Nanoseconds of machine time for a weight of 1.
        var service = 0.0
        /// Requests that wait or hold a slot.
        var requests = 0
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

    /// The least service of those that have requests; zero if nobody has.
    var level: Double { self.busy.min.map { self.accounts[$0].service } ?? 0 }

    /// What an account has had; the level for a request that has none.
    func service(of index: AccountIndex) -> Double {
        index.exists ? self.accounts[index].service : self.level
    }

    /// A request of a client has arrived.
    ///
    /// A client that comes back is not below the level by more than what it was idle, nor by more than `slack`: credit fades by
    /// a second per second, so that the pauses of a client that asks one thing after the other do not cost it what it is
    /// owed. What is above the level decays in the same way.
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
        let level = self.level
        let index: AccountIndex
        if let known = self.indices[key] {
            index = known
            if self.accounts[index].requests == 0 {
                self.idle.remove(index, in: &self.accounts)
                let pause = Double(now.nanoseconds &- self.accounts[index].idleSince.nanoseconds)
                let service = self.accounts[index].service
                self.accounts[index].service =
                    service < level ? max(min(level, service + pause), level - slack) : max(level, service - pause)
            }
        } else {
            index = self.accounts.insert(Account(key: key, weight: 1, service: level))
            self.indices[key] = index
        }
        self.accounts[index].weight = client.weight * share
        self.accounts[index].requests += 1
        self.busy.set(index, self.accounts[index].service)
        return index
    }

    /// An account is charged machine time in nanoseconds; negative if it was charged too much before.
    mutating func charge(_ index: AccountIndex, _ nanoseconds: Double) {
        guard index.exists else { return }
        self.accounts[index].service += nanoseconds / self.accounts[index].weight
        if self.accounts[index].requests > 0 { self.busy.set(index, self.accounts[index].service) }
    }

    /// A request of an account has ended, or left its queue for good.
    mutating func ended(_ index: AccountIndex, now: Instant) {
        guard index.exists else { return }
        self.accounts[index].requests -= 1
        guard self.accounts[index].requests == 0 else { return }
        self.busy.remove(index)
        self.accounts[index].idleSince = now
        self.idle.append(index, in: &self.accounts)
        while self.idle.count > Self.maxIdle, let oldest = self.idle.first {
            self.idle.remove(oldest, in: &self.accounts)
            self.indices[self.accounts[oldest].key] = nil
            self.accounts.remove(oldest)
        }
    }
}
