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
}
