// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// What an operator set at run time.
package struct StoredSetting: Equatable, Sendable {
    /// What is set, such as `models.llama2.parallel_limit`.
    package var key: String
    /// Its value, as text.
    package var value: String
    /// What the configuration said of it then; if that changes, the setting ends.
    package var configured: String
    /// When it was set, in seconds since 1970.
    package var setAt: Int

    /// - Parameters:
    ///   - key: what is set.
    ///   - value: its value, as text.
    ///   - configured: what the configuration said of it then.
    ///   - setAt: when it was set, in seconds since 1970.
    package init(key: String, value: String, configured: String, setAt: Int) {
        self.key = key
        self.value = value
        self.configured = configured
        self.setAt = setAt
    }
}

extension Store {
    /// What operators set, in the order of the keys.
    package func settings() throws(StoreError) -> [StoredSetting] { try self.read(Self.settings) }

    /// Keeps a setting, in place of an earlier one of its key.
    package func keep(_ setting: StoredSetting) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO setting (key, value, configured, set_at) VALUES (?, ?, ?, ?)",
                arguments: [setting.key, setting.value, setting.configured, setting.setAt]
            )
        }
    }

    /// Removes the setting of a key, if there is one.
    package func removeSetting(_ key: String) throws(StoreError) {
        try self.write { try $0.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [key]) }
    }

    /// Reads what operators set from the store of a folder, which a gateway may be using. Nothing is changed.
    ///
    /// - Parameter folder: the folder.
    /// - Returns: nothing if there is no store.
    package static func settings(in folder: String) throws(StoreError) -> [StoredSetting] {
        let file = StoreFolder.joined(folder, Self.fileName)
        guard Self.isThere(file) else { return [] }
        return try Self.perform(file) {
            var options = Configuration()
            options.readonly = true
            options.busyMode = .timeout(5)
            return try DatabaseQueue(path: file, configuration: options).read { database in
                try database.tableExists("setting") ? Self.settings(database) : []
            }
        }
    }

    private static func settings(_ database: Database) throws -> [StoredSetting] {
        try Row.fetchAll(database, sql: "SELECT key, value, configured, set_at FROM setting ORDER BY key").map { row in
            StoredSetting(key: row[0], value: row[1], configured: row[2], setAt: row[3])
        }
    }
}
