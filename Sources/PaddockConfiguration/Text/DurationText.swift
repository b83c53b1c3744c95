// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Spans of time as text: `300`, `0.5`, `30s`, `5m`, `2h`.
enum DurationText {
    /// A year: longer than any request, and far from where sums of instants overflow.
    static let maximumSeconds = 8760 * 3600

    /// Reads a decimal number with an optional unit `s`, `m` or `h`; without one it is seconds.
    ///
    /// Digits past the nanosecond are dropped.
    static func parse(_ text: String) throws(InvalidValue) -> Duration {
        var number = text[...]
        var secondsOfUnit = 1
        if let last = text.last, let seconds = Self.units[last] {
            secondsOfUnit = seconds
            number = number.dropLast()
        }
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.allSatisfy(IntegerText.areDigits) else {
            throw InvalidValue("\(text.shown) is not a duration")
        }
        let maximum = Self.maximumSeconds / secondsOfUnit
        guard let units = Int(whole), units <= maximum else {
            throw InvalidValue("\(text.shown) is too long")
        }
        let fraction = parts.count == 2 ? parts[1].prefix(9) : ""
        let billionths = Int(fraction + String(repeating: "0", count: 9 - fraction.count)) ?? 0
        // units ≤ maximum and billionths < 10^9, so neither product overflows.
        let duration = Duration.seconds(units * secondsOfUnit) + .nanoseconds(billionths * secondsOfUnit)
        guard duration <= .seconds(Self.maximumSeconds) else {
            throw InvalidValue("\(text.shown) is too long")
        }
        guard duration > .zero else {
            throw InvalidValue("\(text.shown) is not more than 0")
        }
        return duration
    }

    /// Writes a duration in seconds, such as `300s` or `0.5s`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds > 0 else { return "\(seconds)s" }
        let digits = String(attoseconds)
        let fraction = (String(repeating: "0", count: 18 - digits.count) + digits)
        let lastDigit = fraction.lastIndex { $0 != "0" } ?? fraction.startIndex
        return "\(seconds).\(fraction[...lastDigit])s"
    }

    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
}
