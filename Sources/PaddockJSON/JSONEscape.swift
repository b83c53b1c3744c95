// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends what is between the quotation marks of a JSON string. This is the one place that escapes (RFC 8259 §7).
    ///
    /// Besides what must be escaped, U+007F is, and so are U+2028 and U+2029, at which some readers of streams end a line.
    package mutating func appendJSON(contentOf text: String) {
        var text = text
        text.withUTF8 { utf8 in
            // What has not been appended yet begins here.
            var start = 0
            var index = 0
            while index < utf8.count {
                let length = Self.lengthToEscape(utf8, index)
                if length > 0 {
                    self.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                    self.appendEscape(length == 1 ? UInt16(utf8[index]) : 0x2000 | UInt16(utf8[index + 2] & 0x3F))
                    start = index + length
                }
                index += Swift.max(1, length)
            }
            self.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
    }

    /// How many bytes the character at an index has if it needs an escape, else 0.
    @inline(__always)
    private static func lengthToEscape(_ utf8: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        switch utf8[index] {
        case ..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F: 1
        // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
        case 0xE2: utf8[index + 1] == 0x80 && utf8[index + 2] & 0xFE == 0xA8 ? 3 : 0
        default: 0
        }
    }

    private mutating func appendEscape(_ unit: UInt16) {
        self.append(UInt8(ascii: "\\"))
        switch unit {
        case 0x22, 0x5C: self.append(UInt8(unit))
        case 0x0A: self.append(UInt8(ascii: "n"))
        case 0x0D: self.append(UInt8(ascii: "r"))
        case 0x09: self.append(UInt8(ascii: "t"))
        default:
            let digits = String(unit, radix: 16)
            self.append(contentsOf: "u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        }
    }
}
