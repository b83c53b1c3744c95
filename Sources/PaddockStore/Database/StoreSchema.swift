// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The tables, version by version. What a version made is never changed here, as files of it exist.
enum StoreSchema {
    /// Brings a database of any version to the last one.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in try database.execute(sql: Self.version1) }
        migrator.registerMigration("2") { database in try database.execute(sql: Self.version2) }
        migrator.registerMigration("3") { database in try database.execute(sql: Self.version3) }
        migrator.registerMigration("4") { database in try database.execute(sql: Self.version4) }
        migrator.registerMigration("5") { database in try database.execute(sql: Self.version5) }
        migrator.registerMigration("6") { database in try database.execute(sql: Self.version6) }
        migrator.registerMigration("7") { database in try database.execute(sql: Self.version7) }
        migrator.registerMigration("8") { database in try database.execute(sql: Self.version8) }
        return migrator
    }()

    /// Usage by hour and by day, so that a sum over a year needs no row of an hour. Names are kept once.
    ///
    /// Times are counted from 1970 in UTC; `slot_us` and `wait_us` are microseconds.
    private static let version1 = """
        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        \(Self.usage1("hour"))
        \(Self.usage1("day"))
        """

    /// What operators set at run time; `set_at` is in seconds since 1970.
    private static let version2 = """
        CREATE TABLE setting (
            key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, configured TEXT NOT NULL, set_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Requests that have ended; `ended_ms` is in milliseconds since 1970, `story` is JSON. Numbers grow in the order of the rows.
    private static let version3 = """
        CREATE TABLE request (
            number INTEGER PRIMARY KEY, ended_ms INTEGER NOT NULL, client TEXT NOT NULL, model TEXT NOT NULL,
            outcome TEXT NOT NULL, story TEXT NOT NULL
        ) STRICT;
        CREATE INDEX request_ended ON request (ended_ms);
        CREATE INDEX request_client ON request (client, ended_ms);
        """

    /// Clients that operators made, and the hashes of their keys. Times are in seconds since 1970; the texts of a list are lines.
    private static let version4 = """
        CREATE TABLE client (
            name TEXT NOT NULL PRIMARY KEY, created_at INTEGER NOT NULL, valid_until INTEGER, last_used INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE client_value (
            client TEXT NOT NULL REFERENCES client ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (client, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE client_key (
            hash TEXT NOT NULL PRIMARY KEY, client TEXT NOT NULL REFERENCES client ON DELETE CASCADE, valid_until INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    /// Files of clients; what they hold is in the folder of files. Times are in seconds since 1970. The number orders files of one second;
    /// an output that is still written is not published.
    private static let version5 = """
        CREATE TABLE file (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, filename TEXT NOT NULL,
            purpose TEXT NOT NULL, bytes INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
            is_published INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX file_owner ON file (owner, created_at, number);
        CREATE INDEX file_created ON file (created_at);
        CREATE INDEX file_expires ON file (expires_at);
        """

    /// Batch jobs of clients. Times are in seconds since 1970; `metadata` and `errors` are JSON. The counts are those of the end.
    private static let version6 = """
        CREATE TABLE batch (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, endpoint TEXT NOT NULL,
            input_file TEXT NOT NULL, completion_window TEXT NOT NULL, created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, metadata TEXT, status TEXT NOT NULL, output_file TEXT, error_file TEXT,
            errors TEXT, total INTEGER NOT NULL, completed INTEGER NOT NULL, failed INTEGER NOT NULL,
            in_progress_at INTEGER, finalizing_at INTEGER, completed_at INTEGER, failed_at INTEGER,
            expired_at INTEGER, cancelling_at INTEGER, cancelled_at INTEGER
        ) STRICT;
        CREATE INDEX batch_owner ON batch (owner, number);
        CREATE INDEX batch_created ON batch (created_at);
        """

    /// What happened; times are in milliseconds since 1970. Numbers grow in the order of the events.
    private static let version7 = """
        CREATE TABLE event (
            number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT, was TEXT, became TEXT,
            reason TEXT, actor TEXT NOT NULL, address TEXT, tool TEXT
        ) STRICT;
        """

    /// The cluster that this gateway was a member of last, and its other members; `seen_at` is in seconds since 1970.
    private static let version8 = """
        CREATE TABLE cluster (store TEXT NOT NULL PRIMARY KEY, term INTEGER NOT NULL, seen_at INTEGER NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE TABLE cluster_member (id INTEGER PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL) STRICT;
        """

    private static func usage1(_ unit: String) -> String {
        """
        CREATE TABLE usage_\(unit) (
            \(unit) INTEGER NOT NULL,
            client INTEGER NOT NULL REFERENCES name,
            model INTEGER NOT NULL REFERENCES name,
            completed INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            timed_out INTEGER NOT NULL,
            would_time_out INTEGER NOT NULL,
            cancelled INTEGER NOT NULL,
            slot_us INTEGER NOT NULL,
            wait_us INTEGER NOT NULL,
            tokens_in INTEGER NOT NULL,
            tokens_out INTEGER NOT NULL,
            tokens_estimated INTEGER NOT NULL,
            PRIMARY KEY (\(unit), client, model)
        ) STRICT, WITHOUT ROWID;
        """
    }
}
