// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The date of a reply as RFC 9110 §5.6.7 writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The text of an instant.
    ///
    /// - Parameter secondsSinceEpoch: seconds since 1970-01-01 00:00 UTC, not negative.
    /// - Returns: 29 characters.
    package static func text(secondsSinceEpoch: Int) -> String {
        let (dayNumber, second) = secondsSinceEpoch.quotientAndRemainder(dividingBy: 86_400)
        // Days to a date in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
        let shifted = dayNumber + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekday = self.days[dayNumber % 7]
        let monthName = self.months[month - 1]
        let time = [second / 3600, second / 60 % 60, second % 60].map(self.twoDigits).joined(separator: ":")
        return "\(weekday), \(self.twoDigits(day)) \(monthName) \(year) \(time) GMT"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
