// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The batch jobs of clients in a store.
package struct BatchJobTable: Sendable {
    /// The statuses whose times are kept.
    private static let timed = [
        "in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled",
    ]
    private static let columns = [
        "id", "owner", "endpoint", "input_file", "completion_window", "created_at", "expires_at", "metadata", "status",
        "output_file", "error_file", "errors", "total", "completed", "failed",
    ]
    private static let names = (Self.columns + Self.timed.map { $0 + "_at" }).joined(separator: ", ")
    private static let marks = Array(repeating: "?", count: Self.columns.count + Self.timed.count).joined(
        separator: ", "
    )
    private static let final = "('failed', 'completed', 'expired', 'cancelled')"

    private let store: Store

    /// - Parameter store: where they are.
    package init(_ store: Store) { self.store = store }

    /// Keeps a job, in place of what was known of it.
    package func keep(_ batch: StoredBatch) throws(StoreError) {
        try self.store.write { database in
            var arguments: StatementArguments = [
                batch.id, batch.owner, batch.endpoint, batch.inputFile, batch.window, batch.createdAt, batch.expiresAt,
                batch.metadata, batch.status,
            ]
            arguments += [
                batch.outputFile, batch.errorFile, batch.errors, batch.total, batch.completed, batch.failed,
            ]
            for status in Self.timed { arguments += [batch.times[status]] }
            let changes = Self.names.split(separator: ", ").dropFirst(7).map { "\($0) = excluded.\($0)" }
            try database.execute(
                sql: """
                    INSERT INTO batch (\(Self.names)) VALUES (\(Self.marks))
                    ON CONFLICT (id) DO UPDATE SET \(changes.joined(separator: ", "))
                    """,
                arguments: arguments
            )
        }
    }

    /// The job of an id; nil if there is none.
    package func batch(_ id: String) throws(StoreError) -> StoredBatch? {
        try self.batches("id = ?", [id]).first
    }

    /// The jobs that have not ended, the oldest first.
    package func live() throws(StoreError) -> [StoredBatch] {
        try self.batches("status NOT IN \(Self.final) ORDER BY number", [])
    }

    /// Jobs, the newest first.
    ///
    /// - Parameters:
    ///   - owner: whose; nil for everybody's.
    ///   - start: where the list begins.
    ///   - limit: how many at most.
    package func list(of owner: String?, from start: ListStart, limit: Int) throws(StoreError) -> [StoredBatch] {
        var condition = "1"
        var arguments: StatementArguments = []
        if let owner {
            condition += " AND owner = ?"
            arguments += [owner]
        }
        if let start = start.condition(in: "batch", isAscending: false) {
            condition += " AND " + start.sql
            arguments += [start.argument]
        }
        return try self.batches(
            condition + " ORDER BY created_at DESC, number DESC LIMIT ?",
            arguments + [limit]
        )
    }

    /// Forgets jobs that have ended.
    ///
    /// - Parameter creation: those that were made before, in seconds since 1970.
    package func remove(madeBefore creation: Int) throws(StoreError) {
        try self.store.write { database in
            try database.execute(
                sql: "DELETE FROM batch WHERE created_at < ? AND status IN \(Self.final)",
                arguments: [creation]
            )
        }
    }

    private func batches(_ condition: String, _ arguments: StatementArguments) throws(StoreError) -> [StoredBatch] {
        try self.store.read { database in
            let text = "SELECT \(Self.names) FROM batch WHERE \(condition)"
            return try Row.fetchAll(database, sql: text, arguments: arguments).map { row in
                let created: Int = row[5]
                let expires: Int = row[6]
                var batch = StoredBatch(
                    id: row[0],
                    owner: row[1],
                    endpoint: row[2],
                    inputFile: row[3],
                    window: row[4],
                    time: created..<max(created, expires)
                )
                (batch.metadata, batch.status, batch.outputFile) = (row[7], row[8], row[9])
                (batch.errorFile, batch.errors) = (row[10], row[11])
                (batch.total, batch.completed, batch.failed) = (row[12], row[13], row[14])
                for (index, status) in Self.timed.enumerated() {
                    batch.times[status] = row[Self.columns.count + index] as Int?
                }
                return batch
            }
        }
    }
}
