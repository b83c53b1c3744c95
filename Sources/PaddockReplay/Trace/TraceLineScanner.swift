// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads one JSON object of plain values, as a line of a trace is. It keeps its place, and is asked for one value after the
/// other; if it answers nil or `false` the line is invalid.
struct TraceLineScanner {
    /// The latest arrival that a trace may name: 2096.
    static let lastArrival: Int64 = 4_000_000_000
    /// The longest time in seconds: about what a `request_timeout` may be.
    static let longestTime: Int64 = 31_536_000
    private static let maxDepth = 16

    private var at = 0

    // MARK: - Structure

    /// Reads an object that fills the line.
    ///
    /// - Parameter member: reads the value of a key, and returns whether it was valid.
    mutating func readObject(
        _ line: Span<UInt8>,
        _ member: (_ key: String, inout TraceLineScanner) -> Bool
    ) -> Bool {
        guard self.skip(line, UInt8(ascii: "{")) else { return false }
        if self.skip(line, UInt8(ascii: "}")) { return self.isAtEnd(line) }
        repeat {
            guard let key = self.string(line), self.skip(line, UInt8(ascii: ":")), member(key, &self) else {
                return false
            }
        } while self.skip(line, UInt8(ascii: ","))
        return self.skip(line, UInt8(ascii: "}")) && self.isAtEnd(line)
    }

    /// Skips a value of any kind.
    mutating func skipValue(_ line: Span<UInt8>, depth: Int = 0) -> Bool {
        guard depth < Self.maxDepth, let byte = self.next(line) else { return false }
        switch byte {
        case UInt8(ascii: "\""): return self.string(line) != nil
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return self.bool(line) != nil
        case UInt8(ascii: "n"): return self.isNull(line)
        case UInt8(ascii: "["):
            self.at += 1
            if self.skip(line, UInt8(ascii: "]")) { return true }
            repeat {
                guard self.skipValue(line, depth: depth + 1) else { return false }
            } while self.skip(line, UInt8(ascii: ","))
            return self.skip(line, UInt8(ascii: "]"))
        case UInt8(ascii: "{"):
            self.at += 1
            if self.skip(line, UInt8(ascii: "}")) { return true }
            repeat {
                guard self.string(line) != nil, self.skip(line, UInt8(ascii: ":")),
                    self.skipValue(line, depth: depth + 1)
                else { return false }
            } while self.skip(line, UInt8(ascii: ","))
            return self.skip(line, UInt8(ascii: "}"))
        default: return self.number(line) != nil
        }
    }

    /// The next byte that is not white space; it is not consumed.
    private mutating func next(_ line: Span<UInt8>) -> UInt8? {
        while self.at < line.count {
            switch line[self.at] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): self.at += 1
            default: return line[self.at]
            }
        }
        return nil
    }

    private mutating func skip(_ line: Span<UInt8>, _ byte: UInt8) -> Bool {
        guard self.next(line) == byte else { return false }
        self.at += 1
        return true
    }

    private mutating func isAtEnd(_ line: Span<UInt8>) -> Bool { self.next(line) == nil }

    // MARK: - Values

    /// Consumes `null` if it is next.
    mutating func isNull(_ line: Span<UInt8>) -> Bool { self.skip(line, word: "null") }

    /// Reads `true` or `false`.
    mutating func bool(_ line: Span<UInt8>) -> Bool? {
        if self.skip(line, word: "true") { return true }
        return self.skip(line, word: "false") ? false : nil
    }

    private mutating func skip(_ line: Span<UInt8>, word: StaticString) -> Bool {
        _ = self.next(line)
        guard line.count - self.at >= word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where line[self.at + offset] != word.utf8Start[offset] { return false }
        self.at += word.utf8CodeUnitCount
        return true
    }

    /// Reads a string; invalid UTF-8 becomes U+FFFD.
    mutating func string(_ line: Span<UInt8>) -> String? {
        guard self.skip(line, UInt8(ascii: "\"")) else { return nil }
        let start = self.at
        while self.at < line.count, line[self.at] != UInt8(ascii: "\"") {
            if line[self.at] == UInt8(ascii: "\\") { return self.escapedString(line, from: start) }
            guard line[self.at] >= 0x20 else { return nil }
            self.at += 1
        }
        guard self.at < line.count else { return nil }
        self.at += 1
        return Self.text(line, start..<self.at - 1)
    }

    private static func text(_ line: Span<UInt8>, _ range: Range<Int>) -> String {
        line.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func escapedString(_ line: Span<UInt8>, from start: Int) -> String? {
        var units = Array(Self.text(line, start..<self.at).utf16)
        while self.at < line.count {
            let byte = line[self.at]
            self.at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF16.self)
            case UInt8(ascii: "\\"):
                guard let unit = self.escape(line) else { return nil }
                units.append(unit)
            case ..<0x20: return nil
            default:
                let from = self.at - 1
                while self.at < line.count, line[self.at] >= 0x80 { self.at += 1 }
                units.append(contentsOf: Self.text(line, from..<self.at).utf16)
            }
        }
        return nil
    }

    private mutating func escape(_ line: Span<UInt8>) -> UInt16? {
        guard self.at < line.count else { return nil }
        let byte = line[self.at]
        self.at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard line.count - self.at >= 4 else { return nil }
            let digits = Self.text(line, self.at..<self.at + 4)
            guard digits.utf8.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16) else { return nil }
            self.at += 4
            return unit
        default: return nil
        }
    }

    // MARK: - Numbers

    /// Reads seconds, 0 or more, as nanoseconds; finer digits are dropped.
    mutating func time(_ line: Span<UInt8>, atMost seconds: Int64 = Self.longestTime) -> Int64? {
        _ = self.next(line)
        let start = self.at
        var whole: Int64 = 0
        while let digit = self.digit(line) {
            guard self.at - start < 12 else { return nil }
            whole = whole * 10 + digit
        }
        guard self.at > start, whole <= seconds else { return nil }
        var nanoseconds = whole * 1_000_000_000
        if self.at < line.count, line[self.at] == UInt8(ascii: ".") {
            self.at += 1
            var place: Int64 = 1_000_000_000
            let fraction = self.at
            while let digit = self.digit(line) {
                place /= 10
                nanoseconds += digit * place
            }
            guard self.at > fraction else { return nil }
        }
        guard self.at < line.count, line[self.at] | 0x20 == UInt8(ascii: "e") else { return nanoseconds }
        // Others may write small numbers so.
        self.at = start
        guard let number = self.number(line), number <= Double(seconds) else { return nil }
        return Int64(number * 1e9)
    }

    private mutating func digit(_ line: Span<UInt8>) -> Int64? {
        guard self.at < line.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[self.at]) else { return nil }
        defer { self.at += 1 }
        return Int64(line[self.at] - UInt8(ascii: "0"))
    }

    /// Reads a number that is finite and has at most 40 bytes.
    mutating func number(_ line: Span<UInt8>) -> Double? {
        _ = self.next(line)
        let start = self.at
        while self.at < line.count {
            switch line[self.at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                self.at += 1
            default:
                return Self.number(line, start..<self.at)
            }
        }
        return Self.number(line, start..<self.at)
    }

    /// Reads a whole number from 0 to the largest `Int32`.
    mutating func count(_ line: Span<UInt8>) -> Int? {
        guard let number = self.number(line), (0...Double(Int32.max)).contains(number), number == number.rounded()
        else { return nil }
        return Int(number)
    }

    private static func number(_ line: Span<UInt8>, _ range: Range<Int>) -> Double? {
        if range.count == 1 { return line[range.lowerBound].isDigit ? Double(line[range.lowerBound] - 48) : nil }
        guard !range.isEmpty, range.count <= 40, line[range.lowerBound] != UInt8(ascii: "+"),
            let number = Double(Self.text(line, range)), number.isFinite
        else { return nil }
        return number
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool { self.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }

    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
