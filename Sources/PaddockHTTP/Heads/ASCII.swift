// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
    /// The horizontal tab.
    package static let tab = UInt8(ascii: "\t")
    /// LF, 10.
    package static let lineFeed = UInt8(ascii: "\n")
    /// CR, 13.
    package static let carriageReturn = UInt8(ascii: "\r")
    /// The blank, 32.
    package static let space = UInt8(ascii: " ")
    /// `"`.
    static let quote = UInt8(ascii: "\"")
    /// `\`.
    static let backslash = UInt8(ascii: "\\")
    /// `:`.
    package static let colon = UInt8(ascii: ":")

    /// The byte with an upper-case letter of ASCII turned into lower case.
    package var asciiLowercased: UInt8 {
        self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
    }

    /// Whether it may be in a token such as a method or a field name (RFC 9110 §5.6.2).
    package var isTokenByte: Bool {
        let bits = self < 64 ? Self.lowTokenBits : Self.highTokenBits
        return self < 128 && bits >> UInt64(self & 63) & 1 == 1
    }

    /// The digits and `!#$%&'*+-.`, each the bit of its number.
    private static var lowTokenBits: UInt64 { 0x03FF_6CFA_0000_0000 }
    /// The letters and `^_`|~`, each the bit of its number less 64.
    private static var highTokenBits: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

    /// Whether it may be in a field value: anything but control characters, the tab excepted (RFC 9110 §5.5).
    package var isFieldValueByte: Bool {
        self >= 0x20 && self != 0x7F || self == .tab
    }
}
