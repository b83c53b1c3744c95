// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB
internal import PaddockSystem

/// A copy of a store, as it is at one moment, while a gateway may be using it.
package enum StoreBackup {
    /// Copies the store of a folder into a new file, which is checked.
    ///
    /// The gateway goes on writing meanwhile: its database has a write-ahead log.
    ///
    /// - Parameters:
    ///   - folder: the folder of the store.
    ///   - target: the file, which must not be there yet. It is made for this user only.
    /// - Throws: `missing`, `noTarget`, or what is wrong with the store. No part of a copy is left then.
    package static func make(of folder: String, to target: String) throws(StoreError) {
        let file = StoreFolder.joined(folder, Store.fileName)
        guard Store.isThere(file) else { throw .missing(file: file) }
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .noTarget(file: target, reason: SystemError.last.description) }
        close(descriptor)
        do throws(StoreError) {
            try Store.perform(file) { try Self.copy(file, to: target) }
        } catch {
            unlink(target)
            throw error
        }
    }

    private static func copy(_ file: String, to target: String) throws {
        var options = Configuration()
        options.readonly = true
        options.busyMode = .timeout(5)
        let source = try DatabaseQueue(path: file, configuration: options)
        let copy = try DatabaseQueue(path: target)
        try source.backup(to: copy)
        try copy.writeWithoutTransaction { database in
            // One file, with no log beside it.
            try database.execute(sql: "PRAGMA journal_mode = DELETE")
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
            guard verdict == "ok" else { throw StoreError.damaged(file: file, reason: verdict) }
        }
    }
}
