// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The requests of a store that have ended.
package struct RequestArchive: Sendable {
    /// The most that are kept; beyond them the oldest are removed.
    package static let maxRequests = 1_000_000

    private let store: Store
    private let most: Int

    /// - Parameters:
    ///   - store: where they are.
    ///   - most: the most that are kept. Defaults to ``maxRequests``.
    package init(_ store: Store, most: Int = Self.maxRequests) {
        self.store = store
        self.most = most
    }

    /// Adds requests: all of them, or none.
    package func add(_ requests: [StoredRequest]) throws(StoreError) {
        try self.store.write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT INTO request (ended_ms, client, model, outcome, story) VALUES (?, ?, ?, ?, ?)"
            )
            for request in requests {
                try insert.execute(
                    arguments: [request.endedAt, request.client, request.model, request.outcome, request.story]
                )
            }
            let last = try Int.fetchOne(database, sql: "SELECT MAX(number) FROM request") ?? 0
            try database.execute(sql: "DELETE FROM request WHERE number <= ?", arguments: [last - self.most])
        }
    }

    /// Removes the requests that ended before a moment.
    ///
    /// - Parameter moment: milliseconds since 1970.
    package func remove(before moment: Int64) throws(StoreError) {
        try self.store.write { try $0.execute(sql: "DELETE FROM request WHERE ended_ms < ?", arguments: [moment]) }
    }

    /// Finds requests.
    ///
    /// - Returns: those that ended last, the last one first.
    package func requests(_ query: RequestQuery) throws(StoreError) -> [StoredRequest] {
        var text = "SELECT ended_ms, client, model, outcome, story FROM request WHERE ended_ms >= ? AND ended_ms < ?"
        var arguments: StatementArguments = [query.ended.lowerBound, query.ended.upperBound]
        for (column, value) in [("client", query.client), ("model", query.model), ("outcome", query.outcome)] {
            guard let value else { continue }
            text += " AND \(column) = ?"
            arguments += [value]
        }
        text += " ORDER BY ended_ms DESC, number DESC LIMIT ?"
        arguments += [query.limit]
        return try self.store.read { database in
            try Row.fetchAll(database, sql: text, arguments: arguments).map { row in
                StoredRequest(endedAt: row[0], client: row[1], model: row[2], outcome: row[3], story: row[4])
            }
        }
    }
}
