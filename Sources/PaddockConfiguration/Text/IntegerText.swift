// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Whole numbers as text.
enum IntegerText {
    /// Reads decimal digits with an optional minus sign.
    static func parse(_ text: String, in range: ClosedRange<Int>) throws(InvalidValue) -> Int {
        guard Self.isWhole(text) else {
            throw InvalidValue("\(text.shown) is not a whole number")
        }
        // More digits than an Int holds are out of any range.
        guard let value = Int(text), range.contains(value) else {
            throw InvalidValue("\(text.shown) is out of range")
        }
        return value
    }

    /// Reads `auto`, in any case, or a whole number.
    static func parseAuto(_ text: String, in range: ClosedRange<Int>) throws(InvalidValue) -> AutoOrCount {
        if text.lowercased() == "auto" {
            return .auto
        }
        guard Self.isWhole(text) else {
            throw InvalidValue("\(text.shown) is neither auto nor a whole number")
        }
        return .count(try Self.parse(text, in: range))
    }

    /// Whether a text is a decimal number without a fraction.
    ///
    /// Nothing else is a number here: `010` is 8 to one reader and 10 to another, `1_000`, `4.0`, `1e3` and `0x10` are
    /// numbers to YAML alone.
    private static func isWhole(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return Self.areDigits(digits) && (digits == "0" || !digits.hasPrefix("0"))
    }

    /// Whether a text is one or more of the digits 0 to 9.
    static func areDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
