// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Sizes as text: `104857600`, `512KB`, `100MiB`, `1GiB`.
package enum ByteCountText {
    /// From one byte to 1,024 GiB.
    static let range = 1...(1 << 40)

    /// Reads a size if it is one and in range.
    package static func size(_ text: String, in range: ClosedRange<Int>) -> Int? { try? self.parse(text, in: range) }

    /// What a memory for models may have: from 64 MiB to 64 TiB.
    static let modelMemory = (1 << 26)...(1 << 46)

    /// Reads a whole number with an optional unit, in any case, after an optional blank.
    ///
    /// `KB` and `KiB`, `MB` and `MiB`, `GB` and `GiB` are powers of 1,024, as everywhere in Paddock.
    static func parse(_ text: String, in range: ClosedRange<Int> = Self.range) throws(InvalidValue) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        var unit = text[digits.endIndex...]
        if unit.hasPrefix(" "), unit.count > 1 {
            unit = unit.dropFirst()
        }
        // For `-1` the message should be about the range and for `010` about digits, as with any other number.
        guard !digits.isEmpty, !unit.isEmpty else {
            return try IntegerText.parse(text, in: range)
        }
        guard let bytesOfUnit = Self.units[unit.lowercased()], digits == "0" || !digits.hasPrefix("0") else {
            throw InvalidValue("\(text.shown) is not a size")
        }
        let (bytes, overflow) = (Int(digits) ?? .max).multipliedReportingOverflow(by: bytesOfUnit)
        guard !overflow, range.contains(bytes) else {
            throw InvalidValue("\(text.shown) is out of range")
        }
        return bytes
    }

    /// Writes a size with the largest unit that leaves a whole number, such as `100MiB`.
    static func text(_ bytes: Int) -> String {
        for (unit, bytesOfUnit) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes.isMultiple(of: bytesOfUnit) {
            return "\(bytes / bytesOfUnit)\(unit)"
        }
        return String(bytes)
    }

    private static let units: [String: Int] = [
        "kb": 1 << 10, "kib": 1 << 10,
        "mb": 1 << 20, "mib": 1 << 20,
        "gb": 1 << 30, "gib": 1 << 30,
    ]
}
