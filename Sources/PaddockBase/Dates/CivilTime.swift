// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An instant as a date and a time of day, in UTC.
package struct CivilTime: Equatable, Sendable {
    /// The year of the Gregorian calendar.
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    /// 0 is Sunday.
    let weekday: Int
    /// 0 to 23.
    package let hour: Int
    /// 0 to 59.
    package let minute: Int
    /// 0 to 59.
    package let second: Int

    /// - Parameter seconds: since 1970.
    package init(seconds: Int64) {
        let (days, time) = Int(seconds).quotientAndRemainderFloored(by: 86_400)
        self.hour = time / 3600
        self.minute = time / 60 % 60
        self.second = time % 60
        self.weekday = (days + 4).quotientAndRemainderFloored(by: 7).remainder
        // The calendar repeats every 400 years (146,097 days). Years begin in March here, so that leap days come last.
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainderFloored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.year = era * 400 + yearOfEra + (self.month <= 2 ? 1 : 0)
    }

    /// Such as `2026-08-21T18:48:22`.
    package var iso8601: String {
        "\(Self.padded(self.year, 4))-\(Self.padded(self.month))-\(Self.padded(self.day))"
            + "T\(Self.padded(self.hour)):\(Self.padded(self.minute)):\(Self.padded(self.second))"
    }

    /// The date of a reply (RFC 9110 §5.6.7), such as `Fri, 21 Aug 2026 18:48:22 GMT`.
    package var httpDate: String {
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = "\(Self.padded(self.day)) \(months[self.month - 1]) \(Self.padded(self.year, 4))"
        let time = "\(Self.padded(self.hour)):\(Self.padded(self.minute)):\(Self.padded(self.second))"
        return "\(weekdays[self.weekday]), \(date) \(time) GMT"
    }

    private static func padded(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int {
    fileprivate func quotientAndRemainderFloored(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
