// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// When rows are old enough to be removed. Pure.
///
/// The clock may be set: after a step of more than a day nothing is removed until the next midnight or start, so that a clock
/// that shows a wrong year for a moment costs no rows.
package struct Retention: Sendable {
    private var day: Int?

    package init() {}

    /// Whether it is time to remove rows: at the start, and when a day has ended.
    ///
    /// - Parameters:
    ///   - today: days since 1970, UTC.
    ///   - kept: how many days are kept, today included; at least 1.
    /// - Returns: the first day that is kept; nil if nothing is to be removed now.
    package mutating func firstDayKept(today: Int, kept: Int) -> Int? {
        defer { self.day = today }
        if let day = self.day, today != day + 1 { return nil }
        return today - kept + 1
    }
}
