// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The statements of usage.
struct UsageStatements {
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
        let columns = query.by.map { dimension in
            switch dimension {
            case .client, .model: (group: dimension.rawValue, shown: "\(dimension.rawValue)_name.text")
            case .day, .hour: (group: dimension.rawValue, shown: "of_\(dimension.rawValue)")
            }
        }
        let groups = zip(query.by, columns).map { "\($1.group) AS of_\($0.rawValue)" }
        let sums = UsageCounts.columns.map { "SUM(\($0.name)) AS \($0.name)" }
        let parts = Self.parts(query)
        let rows = parts.map { Self.rows($0, query) }.joined(separator: " UNION ALL ")
        var inner = "SELECT \((groups + sums).joined(separator: ", ")) FROM (\(rows))"
        if !groups.isEmpty { inner += " GROUP BY " + columns.map(\.group).joined(separator: ", ") }
        let shown = columns.map(\.shown)
        var text = "SELECT \((shown + UsageCounts.columns.map(\.name)).joined(separator: ", ")) FROM (\(inner)) AS u"
        for dimension in query.by where dimension == .client || dimension == .model {
            let name = dimension.rawValue
            text += " JOIN name AS \(name)_name ON \(name)_name.id = u.of_\(name)"
        }
        if !shown.isEmpty { text += " ORDER BY " + shown.joined(separator: ", ") }
        self.text = text + " LIMIT \(UsageQuery.maxRows + 1)"
        self.arguments = parts.reduce(into: StatementArguments()) { arguments, part in
            arguments += [part.bounds.lowerBound, part.bounds.upperBound]
            if let client = query.client { arguments += [client] }
        }
    }

    /// A part of the time that is asked for, in one of the tables.
    private struct Part {
        /// `hour` or `day`.
        let unit: String
        let bounds: ClosedRange<Int>
    }

    /// Whole days are read from the sums of days, which have few rows where hours have many, and what is left at both ends from hours.
    private static func parts(_ query: UsageQuery) -> [Part] {
        let hours = query.hours
        let days = (hours.lowerBound + 23).day..<max((hours.lowerBound + 23).day, (hours.upperBound + 1).day)
        guard !query.by.contains(.hour), !days.isEmpty else { return [Part(unit: "hour", bounds: hours)] }
        var parts = [Part(unit: "day", bounds: ClosedRange(days))]
        let start = days.lowerBound * 24
        let end = days.upperBound * 24
        if hours.lowerBound < start { parts.append(Part(unit: "hour", bounds: hours.lowerBound...start - 1)) }
        if hours.upperBound >= end { parts.append(Part(unit: "hour", bounds: end...hours.upperBound)) }
        return parts
    }

    /// The rows of a part, with the columns that can be asked for.
    private static func rows(_ part: Part, _ query: UsageQuery) -> String {
        let when =
            part.unit == "day" ? "day" : query.by.contains(.hour) ? "hour, hour / 24 AS day" : "hour / 24 AS day"
        let names = UsageCounts.columns.map(\.name).joined(separator: ", ")
        let text = "SELECT \(when), client, model, \(names) FROM usage_\(part.unit) WHERE \(part.unit) BETWEEN ? AND ?"
        return query.client == nil ? text : text + " AND client = (SELECT id FROM name WHERE text = ?)"
    }
}
