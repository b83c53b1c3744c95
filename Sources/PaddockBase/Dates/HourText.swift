// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Days and hours in UTC as text: `2026-11-28`, and `2026-11-28T13` for the hour that begins at 13:00.
package enum HourText {
    /// The hours, counted from 1970, that a text means: all 24 of a day, or one.
    ///
    /// - Returns: nil if the text is neither, or names a day that no calendar has.
    package static func hours(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        let fields = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, fields.map(\.utf8.count) == [4, 2, 2] else { return nil }
        let numbers = fields.compactMap(Self.number)
        guard numbers.count == 3, numbers[0] >= 1970, 1...12 ~= numbers[1] else { return nil }
        let day = Self.days(year: numbers[0], month: numbers[1], day: numbers[2])
        guard Self.day(day) == parts[0] else { return nil }
        guard parts.count == 2 else { return day * 24...day * 24 + 23 }
        guard parts[1].utf8.count == 2, let hour = Self.number(parts[1]), 0...23 ~= hour else { return nil }
        return day * 24 + hour...day * 24 + hour
    }

    /// A day, counted from 1970.
    package static func day(_ day: Int) -> String {
        String(CivilTime(seconds: Int64(day) * 86_400).iso8601.prefix { $0 != "T" })
    }

    /// An hour, counted from 1970.
    package static func hour(_ hour: Int) -> String {
        String(CivilTime(seconds: Int64(hour) * 3600).iso8601.prefix { $0 != ":" })
    }

    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(digits) : nil
    }

    /// Days since 1970; the inverse of ``CivilTime``, in which years begin in March.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}
