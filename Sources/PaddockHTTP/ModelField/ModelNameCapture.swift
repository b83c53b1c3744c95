// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Collects the value of `model` from a JSON string that comes in pieces or has escapes.
///
/// The result is that of Go's `encoding/json`: an unpaired surrogate and every byte that is not UTF-8 become
/// U+FFFD, one each.
struct ModelNameCapture: Sendable {
    /// Whether nothing has been collected yet.
    var isEmpty: Bool { self.bytes.isEmpty && self.highSurrogate == nil }

    /// The text with its escapes undone; never more than a few bytes over the limit.
    ///
    /// Escapes yield whole characters, so
    /// they can neither complete nor break their neighbours, and bytes that are not UTF-8 can wait for the end.
    private var bytes: [UInt8] = []
    /// The first half of a surrogate pair, if the last escape was one.
    private var highSurrogate: UInt16?

    /// A string that is in one piece and has no escapes.
    static func wholeString(_ text: Span<UInt8>) -> ModelField {
        switch ModelField(value: text) {
        case .invalid(.notUTF8):
            var capture = ModelNameCapture()
            capture.append(text)
            return capture.finish()
        case let field: return field
        }
    }

    /// Adds bytes of the string unchanged.
    mutating func append(_ text: Span<UInt8>) {
        guard !text.isEmpty else { return }
        self.flushSurrogate()
        for index in text.indices where self.bytes.count <= ModelField.maxBytes { self.bytes.append(text[index]) }
    }

    /// Adds the value of an escape: a UTF-16 code unit, perhaps one half of a character.
    mutating func append(codeUnit: UInt16) {
        let high = self.highSurrogate
        if let high, UTF16.isTrailSurrogate(codeUnit) {
            self.highSurrogate = nil
            let value = 0x10000 + (UInt32(high) & 0x3FF) << 10 + UInt32(codeUnit) & 0x3FF
            self.append(scalar: Unicode.Scalar(value))
            return
        }
        self.flushSurrogate()
        if UTF16.isLeadSurrogate(codeUnit) {
            self.highSurrogate = codeUnit
        } else {
            self.append(scalar: Unicode.Scalar(codeUnit))
        }
    }

    /// Ends the string and makes room for another.
    mutating func finish() -> ModelField {
        self.flushSurrogate()
        defer { self.bytes.removeAll(keepingCapacity: true) }
        let field = ModelField(value: self.bytes.span)
        guard field == .invalid(.notUTF8) else { return field }
        return ModelField(value: Self.repaired(self.bytes).span)
    }

    private mutating func flushSurrogate() {
        guard self.highSurrogate != nil else { return }
        self.highSurrogate = nil
        self.append(scalar: nil)
    }

    /// - Parameter scalar: nil for what is none and becomes U+FFFD.
    private mutating func append(scalar: Unicode.Scalar?) {
        guard self.bytes.count <= ModelField.maxBytes else { return }
        self.bytes.append(contentsOf: UTF8.encode(scalar ?? Self.replacement) ?? UTF8.encodedReplacementCharacter)
    }

    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// The bytes with each one that is part of no character replaced by U+FFFD.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 3)
        var index = 0
        // One that is too long is refused, whatever its end.
        while index < bytes.count, result.count <= ModelField.maxBytes {
            let length = Self.characterLength(bytes[index...])
            if length > 0 {
                result.append(contentsOf: bytes[index..<index + length])
            } else {
                result += [0xEF, 0xBF, 0xBD]
            }
            index += max(length, 1)
        }
        return result
    }

    /// How many bytes the character has that `bytes` begin with (RFC 3629 §4); 0 where they begin with none.
    ///
    /// By hand, as the standard library takes 100 ns for each byte that is none.
    private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let start = bytes.startIndex
        // The second byte of some may not be any: what is written longer than it need be, surrogates, what is beyond Unicode.
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch bytes[start] {
            case 0x00...0x7F: (1, 0x80...0xBF)
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard length > 1 else { return length }
        guard bytes.count >= length, second ~= bytes[start + 1] else { return 0 }
        for offset in 2..<max(length, 2) where !(0x80...0xBF ~= bytes[start + offset]) { return 0 }
        return length
    }
}
