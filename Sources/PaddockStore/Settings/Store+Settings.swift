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

/// Clients that operators made.
extension Store {
    /// The clients that operators made, in the order of their names.
    package func clients() throws(StoreError) -> [StoredClient] {
        try self.read { database in
            var clients: [String: StoredClient] = [:]
            let rows = try Row.fetchAll(database, sql: "SELECT name, created_at, valid_until, last_used FROM client")
            for row in rows {
                var client = StoredClient(name: row[0], createdAt: row[1])
                (client.validUntil, client.lastUsed) = (row[2], row[3])
                clients[client.name] = client
            }
            for row in try Row.fetchAll(database, sql: "SELECT client, key, value FROM client_value") {
                let texts = (row[2] as String).split(separator: "\n", omittingEmptySubsequences: false)
                clients[row[0]]?.values[row[1]] = texts.map(String.init)
            }
            // A key that ends is an older one.
            let keys =
                "SELECT client, hash, valid_until FROM client_key ORDER BY valid_until IS NOT NULL, valid_until DESC"
            for row in try Row.fetchAll(database, sql: keys) {
                clients[row[0]]?.keys.append(StoredClient.Key(hash: row[1], validUntil: row[2]))
            }
            return clients.values.sorted { $0.name < $1.name }
        }
    }

    /// Keeps a client, in place of an earlier one of its name. When it was last used stays as it is.
    package func keep(_ client: StoredClient) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: """
                    INSERT INTO client (name, created_at, valid_until) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET valid_until = excluded.valid_until
                    """,
                arguments: [client.name, client.createdAt, client.validUntil]
            )
            try database.execute(sql: "DELETE FROM client_value WHERE client = ?", arguments: [client.name])
            try database.execute(sql: "DELETE FROM client_key WHERE client = ?", arguments: [client.name])
            for (key, texts) in client.values {
                try database.execute(
                    sql: "INSERT INTO client_value (client, key, value) VALUES (?, ?, ?)",
                    arguments: [client.name, key, texts.joined(separator: "\n")]
                )
            }
            for key in client.keys {
                try database.execute(
                    sql: "INSERT INTO client_key (hash, client, valid_until) VALUES (?, ?, ?)",
                    arguments: [key.hash, client.name, key.validUntil]
                )
            }
        }
    }

    /// Forgets a client and its keys. Its usage stays.
    package func removeClient(_ name: String) throws(StoreError) {
        try self.write { try $0.execute(sql: "DELETE FROM client WHERE name = ?", arguments: [name]) }
    }
}
