// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// Where a list of files or of batch jobs begins, which is in the order of the seconds in which they were made.
package enum ListStart: Hashable, Sendable {
    /// With the first one.
    case beginning
    /// Behind the one of an id.
    case behind(String)
    /// With the first one that was made in a second, counted since 1970, or behind all that were made in it.
    case at(Int, isInclusive: Bool)

    /// The condition of a query.
    ///
    /// - Parameters:
    ///   - table: the table, whose rows have `created_at`, `number` and `id`.
    ///   - isAscending: whether the oldest come first.
    /// - Returns: the condition, and its argument; nil if there is none.
    func condition(in table: String, isAscending: Bool) -> (sql: String, argument: any DatabaseValueConvertible)? {
        let beyond = isAscending ? ">" : "<"
        return switch self {
        case .beginning: nil
        case .behind(let id):
            ("(created_at, number) \(beyond) (SELECT created_at, number FROM \(table) WHERE id = ?)", id)
        case .at(let second, let isInclusive): ("created_at \(beyond)\(isInclusive ? "=" : "") ?", second)
        }
    }
}
