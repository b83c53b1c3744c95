// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import PaddockStore

@Suite("Settings in the store")
struct StoredSettingTests {
    private static let limit = StoredSetting(
        key: "models.llama2.parallel_limit",
        value: "8",
        configured: "4",
        setAt: 1_764_331_200
    )

    @Test("They are kept, replaced and removed, and others may read them meanwhile")
    func kept() throws {
        let folder = TemporaryFolder()
        #expect(try Store.settings(in: folder.path).isEmpty)
        let store = try Store(folder: folder.path)
        try store.keep(Self.limit)
        var level = Self.limit
        level.key = "log_level"
        try store.keep(level)
        level.value = "debug"
        try store.keep(level)
        #expect(try store.settings() == [level, Self.limit])
        #expect(try Store.settings(in: folder.path) == [level, Self.limit])
        try store.removeSetting("log_level")
        try store.removeSetting("none")
        #expect(try store.settings() == [Self.limit])
    }

    @Test("A store of version 1 keeps its usage, and gets what is new")
    func version1() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try {
            let database = try DatabaseQueue(path: folder.database)
            try StoreSchema.migrator.migrate(database, upTo: "1")
            try database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO name VALUES (1, 'alice'), (2, 'llama2');
                        INSERT INTO usage_hour VALUES (24, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
                        INSERT INTO usage_day VALUES (1, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
                        """
                )
            }
        }()
        #expect(try Store.settings(in: folder.path).isEmpty)
        let store = try Store(folder: folder.path)
        #expect(try store.usage(.all(by: [.client])).map(\.counts.requests) == [21])
        try store.keep(Self.limit)
        #expect(try store.settings() == [Self.limit])
    }
}
