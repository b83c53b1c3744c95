// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import PaddockStore

@Suite("Files in the store")
struct FileTableTests {
    private static func file(_ id: String, _ owner: String = "alice", at seconds: Int = 100) -> StoredFile {
        StoredFile(id: id, owner: owner, filename: "in.jsonl", purpose: "batch", bytes: 7, createdAt: seconds)
    }

    private static func ids(_ table: FileTable, _ owner: String = "alice", _ change: (inout FileQuery) -> Void) throws
        -> [String]
    {
        var query = FileQuery(owner: owner, limit: 10)
        change(&query)
        return try table.files(query).map(\.id)
    }

    @Test("A store of version 4 keeps its clients, and gets files")
    func version4() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try {
            let database = try DatabaseQueue(path: folder.database)
            try StoreSchema.migrator.migrate(database, upTo: "4")
            try database.write { try $0.execute(sql: "INSERT INTO client VALUES ('alice', 1, NULL, NULL)") }
        }()
        let store = try Store(folder: folder.path)
        #expect(try store.clients().map(\.name) == ["alice"])
        let table = FileTable(store)
        try table.add(Self.file("a"))
        #expect(try table.file("a") == Self.file("a") && table.file("b") == nil)
    }

    @Test("Files are listed by time, those of one second in the order in which they came")
    func order() throws {
        let table = FileTable(try Store(inMemoryBecause: "of the test"))
        for (id, seconds) in [("a", 2), ("b", 2), ("c", 1), ("d", 3)] { try table.add(Self.file(id, at: seconds)) }
        try table.add(Self.file("x", "bob"))
        #expect(try Self.ids(table) { _ in } == ["d", "b", "a", "c"])
        #expect(try Self.ids(table) { $0.isAscending = true } == ["c", "a", "b", "d"])
        #expect(try Self.ids(table) { $0.start = .behind("b") } == ["a", "c"])
        #expect(try Self.ids(table) { ($0.start, $0.isAscending, $0.limit) = (.behind("a"), true, 1) } == ["b"])
        #expect(try Self.ids(table) { $0.purpose = "batch_output" } == [])
        // What anybody sends is a value, and no part of a statement.
        #expect(try Self.ids(table, "' OR 1=1 --") { $0.start = .behind("' OR 1=1 --") } == [])
        #expect(throws: StoreError.self) { try table.add(Self.file("a")) }
    }

    @Test("An output is listed, and due, once it is published")
    func outputs() throws {
        let table = FileTable(try Store(inMemoryBecause: "of the test"))
        var output = Self.file("o")
        output.isPublished = false
        try table.add(output)
        #expect(try Self.ids(table) { _ in } == [] && table.due(at: 9_000, madeBefore: 9_000).isEmpty)
        try table.publish("o", bytes: 70, createdAt: 200)
        #expect(try table.file("o").map { [$0.bytes, $0.createdAt] } == [70, 200])
        #expect(try table.due(at: 0, madeBefore: 200).isEmpty)
        #expect(try table.due(at: 0, madeBefore: 201).map(\.id) == ["o"])
        #expect(try table.remove("o") && !table.remove("o"))
    }
}
