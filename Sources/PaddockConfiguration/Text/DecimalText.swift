// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Decimal numbers as text, such as `5`, `0.5` or `12.25`; no signs, exponents or other ways to write one.
enum DecimalText {
    /// The number, or `nil` if the text is none.
    static func parse(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, text.utf8.count <= 16, parts.allSatisfy({ IntegerText.areDigits($0) }) else {
            return nil
        }
        return Double(text)
    }

    /// Reads a number of a range.
    static func parse(_ text: String, in range: ClosedRange<Double>) throws(InvalidValue) -> Double {
        guard let number = Self.parse(text) else { throw InvalidValue("\(text.shown) is not a number") }
        guard range.contains(number) else { throw InvalidValue("\(text.shown) is out of range") }
        return number
    }

    /// Writes a number, a whole one without a fraction. Whole numbers have at most 15 digits here.
    static func text(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }
}
