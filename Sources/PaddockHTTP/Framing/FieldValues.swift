// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
    /// The value of a range that is decimal digits only and fits in an `Int`, else nil.
    package func decimal(_ range: ByteRange) -> Int? {
        guard !range.isEmpty, range.count <= 19 else { return nil }
        var value = 0
        for index in range.lowerBound..<range.upperBound {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(digit))
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        return value
    }

    /// The value of a range that is a decimal number above zero, such as `30` or `0.5`, else nil.
    ///
    /// - Parameter range: where it is; at most 16 characters.
    /// - Returns: whole nanoseconds, at least one and at most a million hours.
    package func secondsInNanoseconds(_ range: ByteRange) -> Int64? {
        guard 1...16 ~= range.count else { return nil }
        var value: Int64 = 0
        var unit: Int64 = 1_000_000_000
        var hasPoint = false
        var digits = 0
        for index in range.lowerBound..<range.upperBound {
            if self[index] == UInt8(ascii: "."), !hasPoint, digits > 0 {
                hasPoint = true
                continue
            }
            let digit = Int64(self[index] &- UInt8(ascii: "0"))
            guard digit < 10 else { return nil }
            digits += 1
            if hasPoint {
                unit /= 10
                value += digit * unit
            } else {
                value = Swift.min(value * 10 + digit * unit, Self.mostNanoseconds)
            }
        }
        return value > 0 && self[range.upperBound - 1] != UInt8(ascii: ".") ? value : nil
    }

    private static var mostNanoseconds: Int64 { 3_600_000_000_000_000 }

    /// A range without the blanks and tabs around it.
    package func trimmed(_ range: ByteRange) -> ByteRange {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start] == .space || self[start] == .tab { start += 1 }
        while end > start, self[end - 1] == .space || self[end - 1] == .tab { end -= 1 }
        return ByteRange(start: start, end: end)
    }
}
