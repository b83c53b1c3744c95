// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import PaddockStore

/// A folder that is removed with the object.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "paddock-store-\(UUID().uuidString)").path()

    /// The database in it.
    var database: String { "\(self.path)/\(Store.fileName)" }

    /// Makes the folder with this as its database.
    func put(_ data: Data) throws {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
        try data.write(to: URL(filePath: self.database))
    }

    var contents: Data? { FileManager.default.contents(atPath: self.database) }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}

/// The error of a store that cannot be opened.
func refusal(_ folder: String) -> StoreError? {
    do throws(StoreError) {
        _ = try Store(folder: folder)
        return nil
    } catch {
        return error
    }
}

extension UsageCounts {
    /// Requests that were answered, each after a second of waiting and with a slot for two.
    static func completed(_ count: Int) -> UsageCounts {
        var counts = UsageCounts()
        counts.completed = count
        counts.waitMicroseconds = count * 1_000_000
        counts.slotMicroseconds = count * 2_000_000
        return counts
    }
}

extension UsageQuery {
    /// Everything.
    static func all(by: [Dimension]) -> UsageQuery { UsageQuery(hours: 0...10_000_000 * 24 - 1, by: by) }
}

extension Store {
    /// Adds usage at a time that does not matter.
    func add(_ usage: [UsageKey: UsageCounts]) throws { try self.add(usage, now: 1_000) }
}
