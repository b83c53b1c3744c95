// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which usage, and by what it is added up.
package struct UsageQuery: Equatable, Sendable {
    /// What rows can be told apart by.
    package enum Dimension: String, CaseIterable, Sendable {
        case client, model, day, hour
    }

    /// The most rows of an answer.
    package static let maxRows = 100_000

    /// The hours, counted from 1970 in UTC.
    package var hours: ClosedRange<Int>
    /// What a row is of, in the order by which rows are sorted; none for one row of everything.
    package var by: [Dimension]
    /// The only client that counts; nil for all.
    package var client: String?

    /// - Parameters:
    ///   - hours: the hours, counted from 1970 in UTC.
    ///   - by: what a row is of, each once.
    ///   - client: the only client that counts. Defaults to nil: all.
    package init(hours: ClosedRange<Int>, by: [Dimension], client: String? = nil) {
        self.hours = hours
        self.by = by
        self.client = client
    }
}

/// Usage, added up.
package struct UsageRow: Equatable, Sendable {
    /// Whose; nil if rows are not by client.
    package var client: String?
    /// Of what; nil if rows are not by model.
    package var model: String?
    /// When, in days since 1970; nil if rows are not by day.
    package var day: Int?
    /// When, in hours since 1970; nil if rows are not by hour.
    package var hour: Int?
    /// The sums.
    package var counts = UsageCounts()
}
