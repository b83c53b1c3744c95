// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads dates as other programs write them, as nanoseconds since 1970.
package enum UnixTime {
    /// Reads a date of RFC 3339, which is how Go writes one: `2026-08-21T18:48:22.123456789Z`, `2026-08-21T20:48:22+02:00`.
    ///
    /// What is finer than a nanosecond is dropped.
    ///
    /// - Returns: nil if it is none, or before 1678 or after 2261.
    package static func nanoseconds(rfc3339 text: String) -> Int64? {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let time = reader.timeOfDay()
        else { return nil }
        var nanoseconds = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        return Self.nanoseconds(Self.days(year, month, day), time - offset, nanoseconds)
    }

    /// Reads the date of a reply (RFC 9110 §5.6.7) in the form that servers send: `Fri, 21 Aug 2026 18:48:22 GMT`.
    ///
    /// - Returns: nil if it is none, or before 1678 or after 2261.
    package static func nanoseconds(httpDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        var (day, year, time) = (DigitReader(parts[1]), DigitReader(parts[3]), DigitReader(parts[4]))
        guard let day = day.number(2), let year = year.number(4), let seconds = time.timeOfDay(), time.isAtEnd else {
            return nil
        }
        return Self.nanoseconds(Self.days(year, month + 1, day), seconds, 0)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func nanoseconds(_ days: Int?, _ seconds: Int, _ rest: Int) -> Int64? {
        guard let days else { return nil }
        let (whole, overflow) = (days * 86_400 + seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowOfSum) = whole.addingReportingOverflow(rest)
        return overflow || overflowOfSum ? nil : Int64(sum)
    }

    /// The days from 1970 to a day of the Gregorian calendar. Years begin in March here, so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Reads digits and the characters between them.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) { self.rest = Substring(text).utf8 }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = self.rest.first, UInt32(first) == character.value else { return false }
        self.rest.removeFirst()
        return true
    }

    /// A number of just so many digits.
    mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = self.digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The digits behind a point, as nanoseconds.
    mutating func fraction() -> Int? {
        guard var value = self.digit() else { return nil }
        var count = 1
        while let digit = self.digit() {
            if count < 9 { value = value * 10 + digit }
            count += 1
        }
        while count < 9 {
            value *= 10
            count += 1
        }
        return value
    }

    /// Such as `18:48:22`, in seconds.
    mutating func timeOfDay() -> Int? {
        guard let hour = self.number(2), hour < 24, self.take(":"), let minute = self.number(2), minute < 60,
            self.take(":"), let second = self.number(2), second <= 60
        else { return nil }
        return (hour * 60 + minute) * 60 + second
    }

    /// `Z`, or such as `+02:00`, in seconds.
    mutating func offset() -> Int? {
        if self.take("Z") || self.take("z") { return 0 }
        let isWest = self.take("-")
        guard isWest || self.take("+"), let hours = self.number(2), hours < 24, self.take(":"),
            let minutes = self.number(2), minutes < 60
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return isWest ? -seconds : seconds
    }

    private mutating func digit() -> Int? {
        guard let digit = self.rest.first.map({ $0 &- UInt8(ascii: "0") }), digit < 10 else { return nil }
        self.rest.removeFirst()
        return Int(digit)
    }
}
