// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A number of JSON, of which as many digits are kept as matter.
struct DecimalNumber {
    /// So many digits are kept at most.
    private static let maxSignificand: UInt64 = 100_000_000_000_000_000
    private static let maxExponent = 100_000

    private let isNegative: Bool
    private var significand: UInt64 = 0
    private var exponent = 0

    /// - Parameter text: a number as RFC 8259 §6 has it. Of other text the result means nothing.
    init(_ text: Span<UInt8>) {
        self.isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
        var index = self.isNegative ? 1 : 0
        var isFraction = false
        while index < text.count, text[index] | 0x20 != UInt8(ascii: "e") {
            let digit = text[index] &- UInt8(ascii: "0")
            index += 1
            if digit > 9 {
                isFraction = true
            } else if self.significand < Self.maxSignificand {
                self.significand = self.significand * 10 + UInt64(digit)
                if isFraction { self.exponent -= 1 }
            } else if !isFraction {
                self.exponent += 1
            }
        }
        index += 1
        guard index < text.count else { return }
        let isDown = text[index] == UInt8(ascii: "-")
        if text[index] &- UInt8(ascii: "0") > 9 { index += 1 }
        var shift = 0
        while index < text.count {
            if shift < Self.maxExponent { shift = shift * 10 + Int(text[index] &- UInt8(ascii: "0")) }
            index += 1
        }
        self.exponent += isDown ? -shift : shift
    }

    /// Whether it is less than 0.
    var isBelowZero: Bool { self.isNegative && self.significand > 0 }

    /// The number times a power of ten, rounded toward zero.
    ///
    /// - Parameters:
    ///   - power: the exponent of that power. Defaults to 0.
    ///   - limit: the largest result; the least one is the negative of it.
    func integer(timesTenTo power: Int = 0, limit: Int64) -> Int64 {
        var value = self.significand
        var exponent = self.exponent + power
        while exponent < 0, value > 0 {
            value /= 10
            exponent += 1
        }
        while exponent > 0, value > 0, value <= UInt64(limit) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            value = isTooLarge ? .max : product
            exponent -= 1
        }
        let magnitude = Int64(min(value, UInt64(limit)))
        return self.isNegative ? -magnitude : magnitude
    }
}
