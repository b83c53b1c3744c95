// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Collects the value of `model` from a JSON string that comes in pieces or has escapes.
///
/// What comes out is what Go's `encoding/json` makes of it: an unpaired surrogate and every byte that is no UTF-8 become
/// U+FFFD, one each.
struct ModelNameCapture: Sendable {
    /// Whether nothing has been collected yet.
    var isEmpty: Bool { self.bytes.isEmpty && self.highSurrogate == nil }

    /// The text with its escapes undone; never more than a few bytes over the limit.
    ///
    /// Escapes yield whole characters, so
    /// they can neither complete nor break what stands beside them, and bytes that are no UTF-8 can wait for the end.
    private var bytes: [UInt8] = []
    /// The first half of a surrogate pair, if the last escape was one.
    private var highSurrogate: UInt16?

    /// A string that lies in one piece and has no escapes.
    static func wholeString(_ text: Span<UInt8>) -> ModelField {
        switch ModelField(value: text) {
        case .invalid(.notUTF8):
            var capture = ModelNameCapture()
            capture.append(text)
            return capture.finish()
        case let field: return field
        }
    }

    /// Adds bytes that stand in the string as they are.
    mutating func append(_ text: Span<UInt8>) {
        guard !text.isEmpty else { return }
        self.flushSurrogate()
        for index in text.indices where self.bytes.count <= ModelField.maxBytes { self.bytes.append(text[index]) }
    }

    /// Adds what an escape stands for: a UTF-16 code unit, perhaps one half of a character.
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
        var rest = bytes[...]
        while let first = rest.first {
            let length = Self.characterLength(first)
            if let character = length.map({ rest.prefix($0) }), String(validating: character, as: UTF8.self) != nil {
                result.append(contentsOf: character)
                rest.removeFirst(character.count)
            } else {
                result.append(contentsOf: UTF8.encodedReplacementCharacter)
                rest.removeFirst()
            }
        }
        return result
    }

    /// How many bytes a character has that begins with `first`, nil when none does.
    private static func characterLength(_ first: UInt8) -> Int? {
        switch first {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }
}
