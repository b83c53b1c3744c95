// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Durations as Go writes them: `5m`, `1h30m`, `1.5s`, `-1m`, `0`.
enum DurationText {
    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// - Returns: Nanoseconds, or `nil` for anything else.
    static func parse(_ text: String) -> Double? {
        var rest = Substring(text)
        var sign = 1.0
        if let first = rest.first, "+-".contains(first) {
            sign = first == "-" ? -1 : 1
            rest.removeFirst()
        }
        if rest == "0" { return 0 }
        if rest.isEmpty { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { "0123456789.".contains($0) }
            rest.removeFirst(number.count)
            let unit = rest.prefix { !"0123456789.".contains($0) }
            rest.removeFirst(unit.count)
            guard let value = Double(number), let factor = Self.units[String(unit)] else { return nil }
            total += value * factor
        }
        return sign * total
    }
}
