// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension ByteBuffer {
    /// Writes a string in quotes, escaped. One copy where nothing needs escaping, as is the rule.
    mutating func writeJSONString(_ string: String) {
        self.writeInteger(UInt8(ascii: "\""))
        self.writeJSONContent(string)
        self.writeInteger(UInt8(ascii: "\""))
    }

    /// Writes what stands between the quotes.
    mutating func writeJSONContent(_ string: String) {
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            self.writeString(string)
            return
        }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
            case 0x0A: self.writeStaticString("\\n")
            case 0x0D: self.writeStaticString("\\r")
            case 0x09: self.writeStaticString("\\t")
            case 0..<0x20:
                self.writeStaticString("\\u00")
                self.writeBytes([Self.hexDigit(byte >> 4), Self.hexDigit(byte & 15)])
            default: self.writeInteger(byte)
            }
        }
    }

    /// Writes a whole number in decimal.
    mutating func writeDecimal(_ value: some BinaryInteger) {
        self.writeString(String(value))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
