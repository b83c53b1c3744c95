// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Texts that came from outside.
extension LineBuffer {
    /// Appends a text from outside as a JSON string of printable ASCII; invalid UTF-8 becomes U+FFFD.
    package mutating func appendQuoted(_ text: UnsafeRawBufferPointer) {
        self.append(UInt8(ascii: "\""))
        if !self.appendPlain(text, from: 0x20) { self.appendEscaped(text) }
        self.append(UInt8(ascii: "\""))
    }

    /// Appends a text from outside as the value of `key=value`: as it is if it has no blanks, quotes and nothing odd,
    /// else as `appendQuoted` writes it; `-` if it is empty.
    package mutating func appendValue(_ text: UnsafeRawBufferPointer) {
        if text.isEmpty {
            self.append(UInt8(ascii: "-"))
        } else if !self.appendPlain(text, from: 0x21) {
            self.appendQuoted(text)
        }
    }

    /// Appends a text from outside as a JSON string.
    package mutating func appendQuoted(_ text: String) {
        text.withBytes { self.appendQuoted($0) }
    }

    /// Appends a text from outside as the value of `key=value`.
    package mutating func appendValue(_ text: String) {
        text.withBytes { self.appendValue($0) }
    }

    /// Appends bytes if none needs an escape.
    ///
    /// - Parameter least: the least byte that needs none.
    /// - Returns: whether they were appended.
    private mutating func appendPlain(_ text: UnsafeRawBufferPointer, from least: UInt8) -> Bool {
        guard Self.isPlain(text, from: least) else { return false }
        self.append(text)
        return true
    }

    private static func isPlain(_ text: UnsafeRawBufferPointer, from least: UInt8) -> Bool {
        let count = text.count
        // Eight bytes at a time; the last eight, or the second half of few, may overlap those in front of them.
        switch count {
        case 8...:
            var offset = 0
            while offset + 8 < count {
                let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                if !Self.isPlain(word, from: least) { return false }
                offset += 8
            }
            return Self.isPlain(text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), from: least)
        case 4...7:
            let first = UInt64(text.loadUnaligned(as: UInt32.self))
            let last = UInt64(text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            return Self.isPlain(first | last << 32, from: least)
        default:
            return text.allSatisfy { Self.isPlain(0x0101_0101_0101_0101 &* UInt64($0), from: least) }
        }
    }

    /// Whether none of eight bytes is below a limit, a quotation mark, a backslash, or above `~`.
    ///
    /// Each test sets the high bit of a byte that fails it, and of none if all pass.
    private static func isPlain(_ word: UInt64, from least: UInt8) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let failed = word | (word &- ones &* UInt64(least)) | (quote &- ones) | (backslash &- ones) | (word &+ ones)
        return failed & 0x8080_8080_8080_8080 == 0
    }

    private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        for unit in String(decoding: text, as: UTF8.self).utf16 {
            switch unit {
            case 0x22, 0x5C:
                self.append(UInt8(ascii: "\\"))
                self.append(UInt8(truncatingIfNeeded: unit))
            case 0x20..<0x7F:
                self.append(UInt8(truncatingIfNeeded: unit))
            default:
                self.append("\\u")
                for shift in [12, 8, 4, 0] {
                    let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
                    self.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            }
        }
    }
}
