// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PaddockStore

@Suite("Backups of the store")
struct StoreBackupTests {
    private static func failure(_ folder: String, _ target: String) -> StoreError? {
        do throws(StoreError) {
            try StoreBackup.make(of: folder, to: target)
            return nil
        } catch {
            return error
        }
    }

    @Test("A backup of a store in use is a store in one file, for this user only")
    func copied() throws {
        let folder = TemporaryFolder()
        let store = try Store(folder: folder.path)
        try store.add([UsageKey(hour: 1, client: "alice", model: "llama2"): .completed(3)])
        let restored = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: restored.path, withIntermediateDirectories: true)
        #expect(Self.failure(folder.path, restored.database) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: restored.path) == [Store.fileName])
        let attributes = try FileManager.default.attributesOfItem(atPath: restored.database)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try store.add([UsageKey(hour: 1, client: "alice", model: "llama2"): .completed(4)])
        #expect(try Store(folder: restored.path).usage(.all(by: [])).map(\.counts.completed) == [3])
        #expect(try store.usage(.all(by: [])).map(\.counts.completed) == [7])
    }

    @Test("A file that is there is not replaced, and what fails leaves none")
    func refused() throws {
        let folder = TemporaryFolder()
        let target = folder.path + "/copy"
        #expect(Self.failure(folder.path, target) == .missing(file: folder.database))
        try folder.put(Data(repeating: 7, count: 5000))
        guard case .damaged = Self.failure(folder.path, target) else {
            Issue.record("no damage is seen")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: target))
        let before = folder.contents
        #expect(Self.failure(folder.path, folder.database) == .noTarget(file: folder.database, reason: "File exists"))
        #expect(folder.contents == before)
    }
}
