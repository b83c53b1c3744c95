// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
    /// The nanoseconds of a duration as Go's `time.ParseDuration` reads it, such as `5m`, `1h30m`, `1.5s` or `-1ms`.
    ///
    /// - Returns: nil if it is none, or is out of the range of 64 bits.
    var goDurationInNanoseconds: Int64? {
        guard !self.isEmpty else { return nil }
        let isNegative = self[0] == UInt8(ascii: "-")
        var index = isNegative || self[0] == UInt8(ascii: "+") ? 1 : 0
        // Zero alone needs no unit.
        if self.count == index + 1, self[index] == UInt8(ascii: "0") { return 0 }
        guard index < self.count else { return nil }
        var total: UInt64 = 0
        while index < self.count {
            guard let part = self.durationPart(&index) else { return nil }
            total += part
            guard total <= Self.goLimit else { return nil }
        }
        return isNegative ? Int64(-Int128(total)) : Int64(exactly: total)
    }

    /// The largest magnitude of a negative duration: 2^63.
    private static var goLimit: UInt64 { 1 << 63 }

    /// Reads a number and its unit.
    private func durationPart(_ index: inout Int) -> UInt64? {
        let start = index
        var whole: UInt64 = 0
        while index < self.count, let digit = self.digit(at: index) {
            let (tens, isTooLarge) = whole.multipliedReportingOverflow(by: 10)
            guard !isTooLarge, tens <= Self.goLimit - digit else { return nil }
            whole = tens + digit
            index += 1
        }
        var digits = index - start
        var fraction = 0.0
        if index < self.count, self[index] == UInt8(ascii: ".") {
            index += 1
            var scale = 1.0
            while index < self.count, let digit = self.digit(at: index) {
                scale *= 10
                fraction += Double(digit) / scale
                digits += 1
                index += 1
            }
        }
        guard digits > 0, let unit = self.durationUnit(&index) else { return nil }
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
        // A fraction is less than one unit, an hour at most.
        guard !isTooLarge, product <= Self.goLimit else { return nil }
        return product + UInt64(fraction * Double(unit))
    }

    private func digit(at index: Int) -> UInt64? {
        let digit = self[index] &- UInt8(ascii: "0")
        return digit < 10 ? UInt64(digit) : nil
    }

    /// Reads a unit, which ends at a digit or a point.
    private func durationUnit(_ index: inout Int) -> UInt64? {
        let start = index
        while index < self.count, self[index] != UInt8(ascii: "."), self.digit(at: index) == nil { index += 1 }
        let unit = self.extracting(start..<index)
        let units: [(String, UInt64)] = [
            ("m", 60_000_000_000), ("s", 1_000_000_000), ("h", 3_600_000_000_000), ("ms", 1_000_000), ("us", 1_000),
            ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ns", 1),
        ]
        return units.first { unit.isText($0.0) }?.1
    }
}
