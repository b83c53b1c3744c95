// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Usage that is not in the store yet. Pure; bounded in every direction.
package struct UsageLedger: Sendable {
    /// How many pairs of client and model are kept apart in an hour, those in the store included. The others are added up as
    /// ``UsageKey/others``, as names of models and addresses of clients are what anybody sends.
    package static let pairsPerHour = 5_000
    /// The most rows that wait for the store.
    package static let maxPending = 50_000

    /// What waits for the store.
    private var pending: [UsageKey: UsageCounts] = [:]
    /// The rows of the hour that was counted last.
    private var keysOfHour: Set<UsageKey>
    private var hour: Int
    /// The requests that are in no row, as there was no room.
    package private(set) var lost = 0

    /// - Parameters:
    ///   - hour: the hour now, in hours since 1970.
    ///   - keys: the rows of that hour that are in the store. Defaults to none.
    package init(hour: Int, keys: Set<UsageKey> = []) {
        self.hour = hour
        self.keysOfHour = keys
    }

    /// How many rows wait.
    package var pendingCount: Int { self.pending.count }

    /// Adds a request, or several.
    ///
    /// - Parameters:
    ///   - counts: the sums.
    ///   - key: whose they are.
    package mutating func add(_ counts: UsageCounts, to key: UsageKey) {
        // Nearly always: the row was begun since the last commit.
        if let index = self.pending.index(forKey: key) {
            self.pending.values[index] += counts
            return
        }
        if key.hour != self.hour {
            self.hour = key.hour
            self.keysOfHour.removeAll(keepingCapacity: true)
        }
        var key = key
        if self.keysOfHour.count >= Self.pairsPerHour, !self.keysOfHour.contains(key) {
            key.client = UsageKey.others
            key.model = UsageKey.others
        } else {
            self.keysOfHour.insert(key)
        }
        self.put(counts, to: key)
    }

    /// Counts requests that could not be added.
    package mutating func lose(_ requests: Int) { self.lost += requests }

    /// Takes out what waits.
    package mutating func take() -> [UsageKey: UsageCounts] {
        defer { self.pending.removeAll(keepingCapacity: true) }
        return self.pending
    }

    /// Puts back what was taken and could not be stored.
    package mutating func putBack(_ rows: [UsageKey: UsageCounts]) {
        for (key, counts) in rows { self.put(counts, to: key) }
    }

    private mutating func put(_ counts: UsageCounts, to key: UsageKey) {
        if self.pending.count >= Self.maxPending, self.pending[key] == nil { return self.lose(counts.requests) }
        self.pending[key, default: UsageCounts()] += counts
    }
}
