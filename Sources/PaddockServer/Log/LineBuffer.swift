// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// Bytes of lines to be written, put together without strings in between.
///
/// What came from outside goes in as `appendQuoted` or `appendValue`, so that no byte of it can end a line or reach a
/// terminal as anything but printable ASCII.
package struct LineBuffer: Sendable {
    /// The bytes so far.
    package private(set) var bytes: [UInt8] = []

    private var second: Int64 = .min
    private var secondText: [UInt8] = []

    package init() {}

    /// Forgets the bytes and keeps their memory.
    mutating func clear() { self.bytes.removeAll(keepingCapacity: true) }

    // MARK: - What is ours

    package mutating func append(_ text: StaticString) {
        self.bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ byte: UInt8) { self.bytes.append(byte) }

    /// Appends a text of printable ASCII.
    package mutating func append(_ text: String) { self.bytes.append(contentsOf: text.utf8) }

    package mutating func append(_ number: Int) {
        if number < 0 { self.bytes.append(UInt8(ascii: "-")) }
        self.appendDigits(number.magnitude, atLeast: 1)
    }

    /// Appends a number with decimals.
    ///
    /// - Parameters:
    ///   - units: the number times ten to the power of `decimals`.
    ///   - decimals: how many digits stand behind the point, at least 1.
    package mutating func append(_ units: Int64, decimals: Int) {
        if units < 0 { self.bytes.append(UInt8(ascii: "-")) }
        var factor: UInt64 = 1
        for _ in 0..<decimals { factor *= 10 }
        let (whole, part) = units.magnitude.quotientAndRemainder(dividingBy: factor)
        self.appendDigits(UInt(whole), atLeast: 1)
        self.bytes.append(UInt8(ascii: "."))
        self.appendDigits(UInt(part), atLeast: decimals)
    }

    /// Appends a time of day with milliseconds, such as `2026-11-24T12:00:00.123Z`.
    package mutating func appendTime(_ nanosecondsSince1970: Int64) {
        let (second, rest) = nanosecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000_000)
        if second != self.second {
            self.second = second
            self.secondText = Array(CivilTime(seconds: second).iso8601.utf8)
        }
        self.bytes.append(contentsOf: self.secondText)
        self.bytes.append(UInt8(ascii: "."))
        self.appendDigits(UInt(rest / 1_000_000), atLeast: 3)
        self.bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends blanks until so many bytes stand behind an offset.
    package mutating func pad(from start: Int, to width: Int) {
        var missing = start + width - self.bytes.count
        while missing > 0 {
            self.bytes.append(UInt8(ascii: " "))
            missing -= 1
        }
    }

    private mutating func appendDigits(_ number: UInt, atLeast width: Int) {
        let start = self.bytes.count
        var rest = number
        var count = 0
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            self.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
            rest = quotient
            count += 1
        } while rest > 0 || count < width
        var low = start
        var high = self.bytes.count - 1
        while low < high {
            self.bytes.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    // MARK: - What came from outside

    /// Appends a text from outside as a JSON string of printable ASCII; what is no UTF-8 becomes U+FFFD.
    package mutating func appendQuoted(_ text: some Collection<UInt8>) {
        self.bytes.append(UInt8(ascii: "\""))
        if !self.appendPlain(text, Self.isPlainInQuotes) { self.appendEscaped(text) }
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a text from outside as the value of `key=value`: as it is where it is short of blanks, quotes and
    /// everything odd, else as `appendQuoted` writes it; `-` where it is empty.
    package mutating func appendValue(_ text: (some Collection<UInt8>)?) {
        guard let text, !text.isEmpty else { return self.bytes.append(UInt8(ascii: "-")) }
        if !self.appendPlain(text, Self.isPlain) { self.appendQuoted(text) }
    }

    private static func isPlainInQuotes(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func isPlain(_ byte: UInt8) -> Bool { Self.isPlainInQuotes(byte) && byte != UInt8(ascii: " ") }

    /// - Returns: whether all of it is plain; if not, nothing was appended.
    private mutating func appendPlain(_ text: some Collection<UInt8>, _ isPlain: (UInt8) -> Bool) -> Bool {
        guard text.allSatisfy(isPlain) else { return false }
        self.bytes.append(contentsOf: text)
        return true
    }

    private mutating func appendEscaped(_ text: some Collection<UInt8>) {
        for unit in String(decoding: text, as: UTF8.self).utf16 {
            switch unit {
            case 0x22, 0x5C:
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(UInt8(truncatingIfNeeded: unit))
            case 0x20..<0x7F:
                self.bytes.append(UInt8(truncatingIfNeeded: unit))
            default:
                self.append("\\u")
                for shift in [12, 8, 4, 0] {
                    let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
                    self.bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            }
        }
    }
}
