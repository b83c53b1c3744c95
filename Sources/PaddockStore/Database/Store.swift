// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB
internal import PaddockSystem

/// What stays over restarts: a SQLite database in a folder of its own, or in memory.
///
/// Calls block until the disk has what was written; none is for an event loop.
package final class Store: Sendable {
    /// Where it is.
    package enum Place: Equatable, Sendable {
        /// In a folder.
        case folder(String)
        /// In memory, so that it is lost at the end of the process.
        ///
        /// - Parameter because: why it has no folder.
        case memory(because: String)
    }

    /// The name of the database in its folder.
    package static let fileName = "paddock.db"

    /// Where it is.
    package let place: Place
    private let database: any DatabaseWriter
    private let lock: FolderLock?

    /// Opens the store of a folder, which is made if it is not there, and brings it to the schema of this version.
    ///
    /// - Parameters:
    ///   - folder: the path.
    ///   - maxPages: the most pages of 4 KiB that the file may have. Defaults to no bound.
    /// - Throws: any case of `StoreError`. A file that is refused has not been changed.
    package init(folder: String, maxPages: Int? = nil) throws(StoreError) {
        self.lock = try FolderLock(folder)
        self.place = .folder(folder)
        let file = StoreFolder.joined(folder, Self.fileName)
        try Self.prepare(file, in: folder)
        self.database = try Self.perform(file) {
            try Self.check(file)
            var options = Configuration()
            options.busyMode = .timeout(5)
            options.label = "paddock-store"
            let database = try DatabasePool(path: file, configuration: options)
            try database.writeWithoutTransaction { database in
                // The pool has chosen NORMAL, which may lose the last commits if the power fails.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                if let maxPages { try database.execute(sql: "PRAGMA max_page_count = \(maxPages)") }
            }
            try StoreSchema.migrator.migrate(database)
            return database
        }
    }

    /// Opens an empty store in memory.
    ///
    /// - Parameter reason: why it has no folder.
    /// - Throws: `failed`.
    package init(inMemoryBecause reason: String) throws(StoreError) {
        self.lock = nil
        self.place = .memory(because: reason)
        self.database = try Self.perform("the store in memory") {
            let database = try DatabaseQueue()
            try StoreSchema.migrator.migrate(database)
            return database
        }
    }

    /// The file, as messages name it.
    var file: String {
        switch self.place {
        case .folder(let folder): StoreFolder.joined(folder, Self.fileName)
        case .memory: "the store in memory"
        }
    }

    /// Changes the database in one transaction: all of it, or nothing.
    func write<Value>(_ change: (Database) throws -> Value) throws(StoreError) -> Value {
        try Self.perform(self.file) { try self.database.write(change) }
    }

    /// Reads the database as it is at one moment.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        try Self.perform(self.file) { try self.database.read(body) }
    }

    // MARK: - Opening

    /// Makes the file if it is not there, readable by this user only; SQLite gives its other files the same permissions.
    private static func prepare(_ file: String, in folder: String) throws(StoreError) {
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(folder: folder, reason: SystemError.last.description) }
        close(descriptor)
    }

    /// Refuses a file that is damaged or of a later version, before anything writes to it.
    private static func check(_ file: String) throws {
        var options = Configuration()
        options.readonly = true
        try DatabaseQueue(path: file, configuration: options).read { database in
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
            guard verdict == "ok" else { throw StoreError.damaged(file: file, reason: verdict) }
            guard try !StoreSchema.migrator.hasBeenSuperseded(database) else { throw StoreError.newer(file: file) }
        }
    }

    /// Whether there is a file.
    static func isThere(_ file: String) -> Bool { access(file, F_OK) == 0 }

    static func perform<Value>(_ file: String, _ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            throw StoreError(error, of: file)
        } catch {
            throw .failed(file: file, reason: "\(error)")
        }
    }
}

extension StoreError {
    fileprivate init(_ error: DatabaseError, of file: String) {
        let reason = error.message ?? error.resultCode.description
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(file: file, reason: reason)
        case .SQLITE_FULL: self = .full(file: file)
        default: self = .failed(file: file, reason: reason)
        }
    }
}
