// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads one JSON value from bytes.
///
/// Not Foundation's decoder, for two reasons: that one merges duplicate keys before anybody can say which should win, and
/// it costs more than everything else a small request needs. What follows the value is ignored, as Ollama ignores it.
/// Bytes that are not UTF-8 and lone surrogates become U+FFFD.
struct JSONParser {
    /// Deeper nesting is an error: it bounds the stack.
    static let maxDepth = 512

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private var depth = 0

    static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        return try parser.value()
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func fail(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: self.offset)
    }

    private mutating func skipBlanks() {
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case 0x20, 0x09, 0x0A, 0x0D: self.offset += 1
            default: return
            }
        }
    }

    /// Skips blanks and returns the next byte without consuming it.
    private mutating func peek() throws(JSONError) -> UInt8 {
        self.skipBlanks()
        guard self.offset < self.bytes.count else { throw self.fail("unexpected end of JSON input") }
        return self.bytes[self.offset]
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try self.peek() {
        case UInt8(ascii: "{"): return try self.object()
        case UInt8(ascii: "["): return try self.array()
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.number()
        default: throw self.fail("invalid character where a value should begin")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let end = self.offset + word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { wanted in
            end <= self.bytes.count && self.bytes[self.offset..<end].elementsEqual(wanted)
        }
        guard isThere else { throw self.fail("invalid literal, expected \(word)") }
        self.offset = end
        return value
    }

    // MARK: - Containers

    private mutating func descend() throws(JSONError) {
        self.depth += 1
        if self.depth > Self.maxDepth { throw self.fail("nested deeper than \(Self.maxDepth) levels") }
        self.offset += 1
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try self.descend()
        defer { self.depth -= 1 }
        var object = JSONObject()
        if try self.peek() == UInt8(ascii: "}") {
            self.offset += 1
            return .object(object)
        }
        while true {
            guard try self.peek() == UInt8(ascii: "\"") else { throw self.fail("expected a key in quotes") }
            let key = try self.string()
            guard try self.peek() == UInt8(ascii: ":") else { throw self.fail("expected ':' after a key") }
            self.offset += 1
            object.members.append(JSONObject.Member(key: key, value: try self.value()))
            if try self.isAtEnd(UInt8(ascii: "}")) { return .object(object) }
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try self.descend()
        defer { self.depth -= 1 }
        var values: [JSONValue] = []
        if try self.peek() == UInt8(ascii: "]") {
            self.offset += 1
            return .array(values)
        }
        while true {
            values.append(try self.value())
            if try self.isAtEnd(UInt8(ascii: "]")) { return .array(values) }
        }
    }

    /// Consumes a comma (`false`) or the closing bracket (`true`).
    private mutating func isAtEnd(_ close: UInt8) throws(JSONError) -> Bool {
        let byte = try self.peek()
        guard byte == close || byte == UInt8(ascii: ",") else {
            throw self.fail("expected ',' or the end of an object or array")
        }
        self.offset += 1
        return byte == close
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = self.offset
        if self.bytes[self.offset] == UInt8(ascii: "-") { self.offset += 1 }
        let whole = self.digits()
        guard whole.count > 0, whole.count == 1 || self.bytes[whole.lowerBound] != UInt8(ascii: "0") else {
            throw self.fail("invalid number")
        }
        var isWhole = true
        if self.offset < self.bytes.count, self.bytes[self.offset] == UInt8(ascii: ".") {
            isWhole = false
            self.offset += 1
            if self.digits().isEmpty { throw self.fail("invalid number") }
        }
        if self.offset < self.bytes.count, self.bytes[self.offset] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            self.offset += 1
            if self.offset < self.bytes.count, "+-".utf8.contains(self.bytes[self.offset]) { self.offset += 1 }
            if self.digits().isEmpty { throw self.fail("invalid number") }
        }
        if isWhole, whole.count <= 15 {
            let value = whole.reduce(0) { $0 * 10 + Int(self.bytes[$1] - UInt8(ascii: "0")) }
            return .number(Double(start < whole.lowerBound ? -value : value))
        }
        let text = String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw self.fail("number out of range") }
        return .number(value)
    }

    private mutating func digits() -> Range<Int> {
        let start = self.offset
        while self.offset < self.bytes.count,
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= self.bytes[self.offset]
        {
            self.offset += 1
        }
        return start..<self.offset
    }

    // MARK: - Strings

    private mutating func string() throws(JSONError) -> String {
        self.offset += 1
        let start = self.offset
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case UInt8(ascii: "\""):
                defer { self.offset += 1 }
                return String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
            case UInt8(ascii: "\\"):
                return try self.escapedString(from: start)
            case 0..<0x20:
                throw self.fail("control character in a string")
            default:
                self.offset += 1
            }
        }
        throw self.fail("unexpected end of JSON input")
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(self.bytes[start..<self.offset])
        while self.offset < self.bytes.count {
            let byte = self.bytes[self.offset]
            self.offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try self.escape(into: &text)
            case 0..<0x20: throw self.fail("control character in a string")
            default: text.append(byte)
            }
        }
        throw self.fail("unexpected end of JSON input")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard self.offset < self.bytes.count else { throw self.fail("unexpected end of JSON input") }
        let byte = self.bytes[self.offset]
        self.offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try self.unicodeEscape()).utf8)
        default: throw self.fail("invalid escape in a string")
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try self.fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, self.bytes[self.offset...].starts(with: "\\u".utf8) else { return replacement }
        let before = self.offset
        self.offset += 2
        let second = try self.fourHexDigits()
        guard 0xDC00...0xDFFF ~= second else {
            self.offset = before
            return replacement
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        guard self.offset + 4 <= self.bytes.count else { throw self.fail("unexpected end of JSON input") }
        var value: UInt32 = 0
        for byte in self.bytes[self.offset..<self.offset + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw self.fail("invalid \\u escape in a string")
            }
        }
        self.offset += 4
        return value
    }
}
