// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The files of clients in a store: what is known of them, not what they hold.
package struct FileTable: Sendable {
    private static let columns = "id, owner, filename, purpose, bytes, created_at, expires_at, is_published"

    private let store: Store

    /// - Parameter store: where they are.
    package init(_ store: Store) { self.store = store }

    /// Adds a file with a new id.
    package func add(_ file: StoredFile) throws(StoreError) {
        try self.store.write { database in
            try database.execute(
                sql: "INSERT INTO file (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    file.id, file.owner, file.filename, file.purpose, file.bytes, file.createdAt, file.expiresAt,
                    file.isPublished,
                ]
            )
        }
    }

    /// An output is whole: it is listed from now on.
    ///
    /// - Parameters:
    ///   - id: its id.
    ///   - bytes: its length.
    ///   - createdAt: now, in seconds since 1970.
    package func publish(_ id: String, bytes: Int, createdAt: Int) throws(StoreError) {
        try self.store.write { database in
            try database.execute(
                sql: "UPDATE file SET is_published = 1, bytes = ?, created_at = ? WHERE id = ?",
                arguments: [bytes, createdAt, id]
            )
        }
    }

    /// Forgets a file.
    ///
    /// - Returns: whether it was there.
    @discardableResult
    package func remove(_ id: String) throws(StoreError) -> Bool {
        try self.store.write { database in
            try database.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    /// The file of an id; nil if there is none.
    package func file(_ id: String) throws(StoreError) -> StoredFile? {
        try self.files(where: "id = ?", [id]).first
    }

    /// All files, those that are still written included.
    package func all() throws(StoreError) -> [StoredFile] { try self.files(where: "1", []) }

    /// Files that are due to be removed, unless they are still written.
    ///
    /// - Parameters:
    ///   - moment: when they expire at the latest, in seconds since 1970.
    ///   - creation: when they were made at the latest, whatever they expire.
    package func due(at moment: Int, madeBefore creation: Int) throws(StoreError) -> [StoredFile] {
        try self.files(where: "is_published AND (created_at < ? OR expires_at <= ?)", [creation, moment])
    }

    /// Files of a client, the newest first or the oldest.
    package func files(_ query: FileQuery) throws(StoreError) -> [StoredFile] {
        var condition = "is_published AND owner = ?"
        var arguments: StatementArguments = [query.owner]
        if let purpose = query.purpose {
            condition += " AND purpose = ?"
            arguments += [purpose]
        }
        if let start = query.start.condition(in: "file", isAscending: query.isAscending) {
            condition += " AND " + start.sql
            arguments += [start.argument]
        }
        let order = query.isAscending ? "ASC" : "DESC"
        return try self.files(
            where: condition + " ORDER BY created_at \(order), number \(order) LIMIT ?",
            arguments + [query.limit]
        )
    }

    private func files(where condition: String, _ arguments: StatementArguments) throws(StoreError) -> [StoredFile] {
        try self.store.read { database in
            let text = "SELECT \(Self.columns) FROM file WHERE \(condition)"
            return try Row.fetchAll(database, sql: text, arguments: arguments).map { row in
                var file = StoredFile(
                    id: row[0],
                    owner: row[1],
                    filename: row[2],
                    purpose: row[3],
                    bytes: row[4],
                    createdAt: row[5]
                )
                (file.expiresAt, file.isPublished) = (row[6], row[7])
                return file
            }
        }
    }
}
