// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import PaddockStore

@Suite("Opening the store")
struct StoreOpeningTests {
    @Test(
        "The folder follows the environment",
        arguments: [
            (
                StoreFolder.Environment(stateDirectory: "/var/lib/paddock", stateHome: "/s", home: "/h"),
                "/var/lib/paddock"
            ),
            (StoreFolder.Environment(stateDirectory: "/a:/b", home: "/h"), "/a"),
            (StoreFolder.Environment(stateHome: "/s", home: "/h"), "/s/paddock"),
            (StoreFolder.Environment(stateHome: "relative", home: "/h/"), "/h/.local/state/paddock"),
            (StoreFolder.Environment(stateDirectory: "", home: "/"), "/.local/state/paddock"),
            (StoreFolder.Environment(stateDirectory: "a", stateHome: "", home: "h"), nil),
            (StoreFolder.Environment(), nil),
        ]
    )
    func folder(environment: StoreFolder.Environment, folder: String?) {
        #expect(StoreFolder.automatic(environment) == folder)
    }

    @Test("A folder is made for this user only, and what is in it is there at the next start")
    func reopened() throws {
        let folder = TemporaryFolder()
        try {
            let store = try Store(folder: folder.path + "/deep")
            try store.add([UsageKey(hour: 1, client: "alice", model: "llama2"): .completed(3)])
        }()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/deep")
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        let file = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/deep/\(Store.fileName)")
        #expect(file[.posixPermissions] as? Int == 0o600)
        let rows = try Store(folder: folder.path + "/deep").usage(.all(by: [.client]))
        #expect(rows.map(\.client) == ["alice"])
        #expect(rows.map(\.counts.completed) == [3])
    }

    @Test("Commits reach the disk before they return, in a write-ahead log")
    func pragmas() throws {
        let folder = TemporaryFolder()
        let store = try Store(folder: folder.path)
        #expect(try store.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try store.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }

    @Test("A folder of another gateway is in use until that one ends")
    func inUse() throws {
        let folder = TemporaryFolder()
        let first = try Store(folder: folder.path)
        #expect(refusal(folder.path) == .inUse(folder: folder.path))
        _ = consume first
        #expect(refusal(folder.path) == nil)
    }

    @Test("A folder that cannot be made is unusable", arguments: ["/dev/null/paddock", "/proc/paddock"])
    func unusable(path: String) {
        guard case .unusable(folder: path, _) = refusal(path) else {
            Issue.record("\(String(describing: refusal(path)))")
            return
        }
    }

    @Test("A read-only folder is unusable", .enabled(if: getuid() != 0))
    func readOnly() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        #expect(refusal(folder.path) == .unusable(folder: folder.path, reason: "Permission denied"))
    }

    @Test("A file of a later version is refused, and stays as it is")
    func newer() throws {
        let folder = TemporaryFolder()
        try {
            let store = try Store(folder: folder.path)
            try store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('1000000')") }
        }()
        let before = folder.contents
        #expect(refusal(folder.path) == .newer(file: folder.database))
        #expect(folder.contents == before)
    }

    @Test("A file that is no database is refused, and stays as it is")
    func noDatabase() throws {
        let folder = TemporaryFolder()
        let text = Data(String(repeating: "usage of alice\n", count: 1000).utf8)
        try folder.put(text)
        guard case .damaged = refusal(folder.path) else {
            Issue.record("\(String(describing: refusal(folder.path)))")
            return
        }
        #expect(folder.contents == text)
    }

    @Test("A damaged database is refused, and stays as it is")
    func damaged() throws {
        let folder = TemporaryFolder()
        try {
            let store = try Store(folder: folder.path)
            var usage: [UsageKey: UsageCounts] = [:]
            for hour in 0..<2000 { usage[UsageKey(hour: hour, client: "client \(hour)", model: "m")] = .completed(1) }
            try store.add(usage)
        }()
        var bytes = try #require(folder.contents)
        for page in 3..<12 {
            bytes.replaceSubrange(page * 4096..<page * 4096 + 2000, with: repeatElement(0xA5, count: 2000))
        }
        try folder.put(bytes)
        guard case .damaged = refusal(folder.path) else {
            Issue.record("\(String(describing: refusal(folder.path)))")
            return
        }
        #expect(folder.contents == bytes)
    }

    @Test("An empty file is an empty store")
    func empty() throws {
        let folder = TemporaryFolder()
        try folder.put(Data())
        #expect(try Store(folder: folder.path).usage(.all(by: [.client])).isEmpty)
    }

    @Test("Without room nothing of a commit is stored, and the next one with room is")
    func full() throws {
        let folder = TemporaryFolder()
        let store = try Store(folder: folder.path, maxPages: 28)
        let small: [UsageKey: UsageCounts] = [UsageKey(hour: 0, client: "small", model: "m"): .completed(1)]
        try store.add(small)
        var large: [UsageKey: UsageCounts] = [:]
        for hour in 0..<5000 { large[UsageKey(hour: hour, client: "client \(hour)", model: "m")] = .completed(1) }
        #expect(throws: StoreError.full(file: folder.database)) { try store.add(large) }
        #expect(try store.usage(.all(by: [])).map(\.counts.completed) == [1])
        try store.write { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        try store.add(large)
        #expect(try store.usage(.all(by: [])).map(\.counts.completed) == [5001])
    }

    @Test("Each error says what is wrong in one line")
    func messages() {
        let errors: [StoreError] = [
            .unusable(folder: "/f", reason: "r"), .inUse(folder: "/f"), .newer(file: "/f"), .full(file: "/f"),
            .damaged(file: "/f", reason: "r"), .failed(file: "/f", reason: "r"), .tooManyRows(limit: 1),
            .missing(file: "/f"), .noTarget(file: "/f", reason: "r"),
        ]
        #expect(errors.allSatisfy { !$0.description.contains("\n") && $0.description.hasPrefix($0.reason) })
        #expect(
            errors.filter(\.isOfFolder) == [
                .unusable(folder: "/f", reason: "r"), .inUse(folder: "/f"), .full(file: "/f"),
            ]
        )
    }
}
