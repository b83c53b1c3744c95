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

/// The statements of usage.
private struct UsageStatements {
    static let addToHour = Self.add(to: "hour")
    static let addToDay = Self.add(to: "day")
    static let keysOfHour = """
        SELECT client.text, model.text FROM usage_hour AS u
        JOIN name AS client ON client.id = u.client JOIN name AS model ON model.id = u.model WHERE u.hour = ?
        """
    static let removeNames =
        "DELETE FROM name WHERE id NOT IN (SELECT client FROM usage_day UNION SELECT model FROM usage_day)"

    private static func add(to unit: String) -> String {
        let names = UsageCounts.columns.map(\.name)
        let marks = Array(repeating: "?", count: names.count + 3).joined(separator: ", ")
        let sums = names.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO usage_\(unit) (\(unit), client, model, \(names.joined(separator: ", "))) VALUES (\(marks))
            ON CONFLICT (\(unit), client, model) DO UPDATE SET \(sums)
            """
    }

    let text: String
    let arguments: StatementArguments

    /// The rows of a query: the columns that it is by, in that order, then the sums.
    init(_ query: UsageQuery) {
        // Days have few rows where hours have many.
        let isOfDays =
            !query.by.contains(.hour) && query.hours.lowerBound % 24 == 0 && (query.hours.upperBound + 1) % 24 == 0
        let unit = isOfDays ? "day" : "hour"
        let bounds = [query.hours.lowerBound, query.hours.upperBound].map { isOfDays ? $0.day : $0 }
        let columns = query.by.map { dimension in
            switch dimension {
            case .client, .model: (group: dimension.rawValue, shown: "\(dimension.rawValue)_name.text")
            case .day: (group: isOfDays ? "day" : "hour / 24", shown: "\"of_day\"")
            case .hour: (group: "hour", shown: "\"of_hour\"")
            }
        }
        let groups = zip(query.by, columns).map { "\($1.group) AS \"of_\($0.rawValue)\"" }
        let sums = UsageCounts.columns.map { "SUM(\($0.name)) AS \($0.name)" }
        var inner = "SELECT \((groups + sums).joined(separator: ", ")) FROM usage_\(unit) WHERE \(unit) BETWEEN ? AND ?"
        if query.client != nil { inner += " AND client = (SELECT id FROM name WHERE text = ?)" }
        if !groups.isEmpty { inner += " GROUP BY " + columns.map(\.group).joined(separator: ", ") }
        let shown = columns.map(\.shown)
        var text = "SELECT \((shown + UsageCounts.columns.map(\.name)).joined(separator: ", ")) FROM (\(inner)) AS u"
        for dimension in query.by where dimension == .client || dimension == .model {
            let name = dimension.rawValue
            text += " JOIN name AS \(name)_name ON \(name)_name.id = u.of_\(name)"
        }
        if !shown.isEmpty { text += " ORDER BY " + shown.joined(separator: ", ") }
        self.text = text + " LIMIT \(UsageQuery.maxRows + 1)"
        self.arguments = StatementArguments(bounds) + StatementArguments(query.client.map { [$0] } ?? [])
    }
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
