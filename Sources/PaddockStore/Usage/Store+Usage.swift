// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

extension Store {
    /// Adds usage, and notes that its clients were there: all of it, or nothing.
    ///
    /// - Parameters:
    ///   - usage: the usage.
    ///   - now: the time, in seconds since 1970.
    package func add(_ usage: [UsageKey: UsageCounts], now: Int) throws(StoreError) {
        try self.write { database in
            let hours = try database.cachedStatement(sql: UsageStatements.addToHour)
            let days = try database.cachedStatement(sql: UsageStatements.addToDay)
            for (key, counts) in usage {
                let names = [try Self.id(of: key.client, database), try Self.id(of: key.model, database)]
                let sums = UsageCounts.columns.map { Int64(counts[keyPath: $0.path]) }
                let (hour, day) = (Int64(key.hour), Int64(key.hour.day))
                try hours.execute(arguments: StatementArguments([hour] + names + sums))
                try days.execute(arguments: StatementArguments([day] + names + sums))
            }
            let seen = try database.cachedStatement(sql: "UPDATE client SET last_used = ? WHERE name = ?")
            for client in Set(usage.keys.map(\.client)) { try seen.execute(arguments: [now, client]) }
        }
    }

    /// The rows of an hour.
    ///
    /// - Parameter hour: hours since 1970, UTC.
    package func usageKeys(ofHour hour: Int) throws(StoreError) -> Set<UsageKey> {
        try self.read { database in
            let rows = try Row.fetchCursor(database, sql: UsageStatements.keysOfHour, arguments: [hour])
            var keys: Set<UsageKey> = []
            while let row = try rows.next() { keys.insert(UsageKey(hour: hour, client: row[0], model: row[1])) }
            return keys
        }
    }

    /// Removes the usage of days that are over, and the names that nothing has any more.
    ///
    /// - Parameter day: the first day that is kept, in days since 1970.
    package func removeUsage(before day: Int) throws(StoreError) {
        try self.write { database in
            try database.execute(sql: "DELETE FROM usage_hour WHERE hour < ?", arguments: [day * 24])
            try database.execute(sql: "DELETE FROM usage_day WHERE day < ?", arguments: [day])
            if database.changesCount > 0 { try database.execute(sql: UsageStatements.removeNames) }
        }
    }

    /// Adds up usage.
    ///
    /// - Returns: the rows, sorted by what they are of.
    /// - Throws: `tooManyRows`, or why the store cannot be read.
    package func usage(_ query: UsageQuery) throws(StoreError) -> [UsageRow] {
        let statement = UsageStatements(query)
        return try self.read { database in
            let cursor = try Row.fetchCursor(database, sql: statement.text, arguments: statement.arguments)
            var rows: [UsageRow] = []
            while let row = try cursor.next() {
                guard rows.count < UsageQuery.maxRows else { throw StoreError.tooManyRows(limit: UsageQuery.maxRows) }
                rows.append(UsageRow(row, by: query.by))
            }
            return rows
        }
    }

    private static func id(of name: String, _ database: Database) throws -> Int64 {
        let find = try database.cachedStatement(sql: "SELECT id FROM name WHERE text = ?")
        if let id = try Int64.fetchOne(find, arguments: [name]) { return id }
        try database.cachedStatement(sql: "INSERT INTO name (text) VALUES (?)").execute(arguments: [name])
        return database.lastInsertedRowID
    }
}

extension Int {
    /// The day of an hour, both counted from 1970; also before it.
    package var day: Int { self >= 0 ? self / 24 : (self - 23) / 24 }
}

extension UsageRow {
    fileprivate init(_ row: Row, by dimensions: [UsageQuery.Dimension]) {
        for (index, dimension) in dimensions.enumerated() {
            switch dimension {
            case .client: self.client = row[index]
            case .model: self.model = row[index]
            case .day: self.day = row[index]
            case .hour: self.hour = row[index]
            }
        }
        for (index, column) in UsageCounts.columns.enumerated() {
            // Sums of no rows are null.
            self.counts[keyPath: column.path] = row[dimensions.count + index] ?? 0
        }
    }
}
