// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The events of a store.
package struct EventArchive: Sendable {
    private let store: Store
    private let most: Int

    /// - Parameters:
    ///   - store: where they are.
    ///   - most: how many are kept; beyond them the oldest are removed.
    package init(_ store: Store, most: Int) {
        self.store = store
        self.most = most
    }

    /// Adds events: all of them, or none. What has the number of one that is there takes its place.
    package func add(_ events: [StoredEvent]) throws(StoreError) {
        guard let last = events.last else { return }
        try self.store.write { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO event (number, time_ms, kind, subject, was, became, reason, actor, address, tool)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            )
            for event in events {
                try insert.execute(
                    arguments: [
                        event.number, event.time, event.kind, event.subject, event.before, event.after, event.reason,
                        event.actor, event.address, event.tool,
                    ]
                )
            }
            try database.execute(sql: "DELETE FROM event WHERE number <= ?", arguments: [last.number - self.most])
        }
    }

    /// All events, the oldest first.
    package func events() throws(StoreError) -> [StoredEvent] {
        try self.store.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT number, time_ms, kind, actor, subject, was, became, reason, address, tool
                    FROM event ORDER BY number
                    """
            )
            return rows.map { row in
                var event = StoredEvent(number: row[0], time: row[1], kind: row[2], actor: row[3])
                (event.subject, event.before, event.after) = (row[4], row[5], row[6])
                (event.reason, event.address, event.tool) = (row[7], row[8], row[9])
                return event
            }
        }
    }
}
