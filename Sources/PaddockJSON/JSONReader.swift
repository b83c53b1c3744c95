// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON (RFC 8259) value by value. It keeps its place in the bytes, which are neither copied nor changed.
///
/// An object is read by ``beginObject()``, then a value behind each name that ``nextName()`` gives; an array by ``beginArray()``, then a
/// value for each `true` of ``nextElement()``. Bytes that are no UTF-8, and halves of surrogate pairs, become U+FFFD, as in Go, in which
/// Ollama is written. Everything else that is not JSON throws ``JSONError``, which says where.
package struct JSONReader {
    /// How deep values may be in each other.
    package static let maxDepth = 512

    private let bytes: [UInt8]
    private let end: Int
    /// Where it is in the bytes.
    package private(set) var offset: Int
    private var depth = 0
    /// Whether an object or array has just begun, so that no comma is due.
    private var hasJustBegun = false

    /// - Parameters:
    ///   - bytes: the bytes.
    ///   - range: the part of them that is the text. Defaults to all.
    package init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        self.offset = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
    }

    // MARK: - Structure

    /// Passes the beginning of an object.
    package mutating func beginObject() throws(JSONError) { try self.begin(UInt8(ascii: "{"), "an object") }

    /// Passes the beginning of an array.
    package mutating func beginArray() throws(JSONError) { try self.begin(UInt8(ascii: "["), "an array") }

    /// Reads the name of the next member of the object, whose value is next then.
    ///
    /// - Returns: nil if the object has ended.
    package mutating func nextName() throws(JSONError) -> String? {
        guard try self.passName() else { return nil }
        let name = try self.readString()
        try self.passColon()
        return name
    }

    /// Whether the array has another element, which is next then; else it has ended.
    package mutating func nextElement() throws(JSONError) -> Bool { try self.next(UInt8(ascii: "]")) }

    /// Passes a value of any kind.
    ///
    /// - Returns: where it is.
    @discardableResult
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        _ = try self.peek()
        let start = self.offset
        // Not by recursion: whoever sent it chose how deep it is.
        var open: [UInt8] = []
        repeat {
            switch try self.peek() {
            case UInt8(ascii: "{"):
                try self.beginObject()
                open.append(UInt8(ascii: "{"))
            case UInt8(ascii: "["):
                try self.beginArray()
                open.append(UInt8(ascii: "["))
            case UInt8(ascii: "\""): try self.skipString()
            case UInt8(ascii: "t"): try self.pass("true")
            case UInt8(ascii: "f"): try self.pass("false")
            case UInt8(ascii: "n"): try self.pass("null")
            default: try self.skipNumber()
            }
            // What has no further value has ended, and is a value that has ended itself.
            while let container = open.last, try !self.skipToValue(in: container) { open.removeLast() }
        } while !open.isEmpty
        return start..<self.offset
    }

    /// Makes sure that nothing but white space follows.
    package mutating func finish() throws(JSONError) {
        self.skipBlanks()
        if self.offset < self.end { throw self.failure("something follows the value") }
    }

    // MARK: - Values

    /// Reads a value of any kind.
    package mutating func readValue() throws(JSONError) -> JSONValue {
        switch try self.peek() {
        case UInt8(ascii: "{"):
            try self.beginObject()
            var object = JSONObject()
            while let name = try self.nextName() { object.append(name, try self.readValue()) }
            return .object(object)
        case UInt8(ascii: "["):
            try self.beginArray()
            var elements: [JSONValue] = []
            while try self.nextElement() { elements.append(try self.readValue()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try self.readString())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try self.readBool())
        case UInt8(ascii: "n"):
            try self.pass("null")
            return .null
        default: return .number(try self.readNumber())
        }
    }

    /// Reads `true` or `false`.
    package mutating func readBool() throws(JSONError) -> Bool {
        if try self.peek() == UInt8(ascii: "t") {
            try self.pass("true")
            return true
        }
        try self.pass("false")
        return false
    }

    /// Passes `null` if it is next.
    ///
    /// - Returns: whether it was.
    package mutating func readNull() throws(JSONError) -> Bool {
        guard try self.peek() == UInt8(ascii: "n") else { return false }
        try self.pass("null")
        return true
    }

    /// Reads a number.
    package mutating func readNumber() throws(JSONError) -> JSONNumber {
        JSONNumber(verbatim: self.text(try self.skipNumber()))
    }

    /// Reads a string.
    package mutating func readString() throws(JSONError) -> String {
        let (content, hasEscapes) = try self.skipString()
        return hasEscapes ? self.unescaped(content) : self.text(content)
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: self.bytes[range], as: UTF8.self) }

    // MARK: - Scanning

    private func failure(_ reason: String) -> JSONError { JSONError(reason: reason, offset: self.offset) }

    private mutating func skipBlanks() {
        while self.offset < self.end {
            switch self.bytes[self.offset] {
            case 0x20, 0x09, 0x0A, 0x0D: self.offset += 1
            default: return
            }
        }
    }

    /// The next byte that is no white space, which is not passed.
    private mutating func peek() throws(JSONError) -> UInt8 {
        self.skipBlanks()
        guard self.offset < self.end else { throw self.failure("the text ends too early") }
        return self.bytes[self.offset]
    }

    private mutating func begin(_ open: UInt8, _ kind: String) throws(JSONError) {
        guard try self.peek() == open else { throw self.failure("\(kind) is expected") }
        guard self.depth < Self.maxDepth else { throw self.failure("nested deeper than \(Self.maxDepth) levels") }
        self.depth += 1
        self.offset += 1
        self.hasJustBegun = true
    }

    /// Passes the comma in front of what is next in an object or array, or its end.
    ///
    /// - Returns: whether something is next.
    private mutating func next(_ close: UInt8) throws(JSONError) -> Bool {
        let isFirst = self.hasJustBegun
        self.hasJustBegun = false
        let byte = try self.peek()
        if byte == close {
            self.depth -= 1
            self.offset += 1
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else {
            throw self.failure("',' or '\(Character(UnicodeScalar(close)))' is expected")
        }
        self.offset += 1
        return true
    }

    private mutating func passName() throws(JSONError) -> Bool {
        guard try self.next(UInt8(ascii: "}")) else { return false }
        guard try self.peek() == UInt8(ascii: "\"") else { throw self.failure("a name in quotation marks is expected") }
        return true
    }

    private mutating func passColon() throws(JSONError) {
        guard try self.peek() == UInt8(ascii: ":") else { throw self.failure("':' is expected") }
        self.offset += 1
    }

    /// Passes what is in front of the next value of an object or array, or its end.
    private mutating func skipToValue(in container: UInt8) throws(JSONError) -> Bool {
        if container == UInt8(ascii: "[") { return try self.nextElement() }
        guard try self.passName() else { return false }
        try self.skipString()
        try self.passColon()
        return true
    }

    private mutating func pass(_ word: StaticString) throws(JSONError) {
        _ = try self.peek()
        let end = self.offset + word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { wanted in
            end <= self.end && self.bytes[self.offset..<end].elementsEqual(wanted)
        }
        guard isThere else { throw self.failure("'\(word)' is expected") }
        self.offset = end
    }

    // MARK: - Numbers

    @discardableResult
    private mutating func skipNumber() throws(JSONError) -> Range<Int> {
        let first = try self.peek()
        guard first == UInt8(ascii: "-") || first.isDigit else { throw self.failure("a value is expected") }
        let start = self.offset
        self.skip(UInt8(ascii: "-"))
        // No zero in front of other digits.
        if !self.skip(UInt8(ascii: "0")) { try self.skipDigits() }
        if self.skip(UInt8(ascii: ".")) { try self.skipDigits() }
        if self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) {
            if !self.skip(UInt8(ascii: "-")) { self.skip(UInt8(ascii: "+")) }
            try self.skipDigits()
        }
        return start..<self.offset
    }

    private mutating func skipDigits() throws(JSONError) {
        guard self.offset < self.end, self.bytes[self.offset].isDigit else { throw self.failure("a digit is expected") }
        while self.offset < self.end, self.bytes[self.offset].isDigit { self.offset += 1 }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard self.offset < self.end, self.bytes[self.offset] == byte else { return false }
        self.offset += 1
        return true
    }

    // MARK: - Strings

    /// Passes a string.
    ///
    /// - Returns: what is between its quotation marks, and whether there are escapes in it, which are well-formed.
    @discardableResult
    private mutating func skipString() throws(JSONError) -> (content: Range<Int>, hasEscapes: Bool) {
        guard try self.peek() == UInt8(ascii: "\"") else { throw self.failure("a string is expected") }
        self.offset += 1
        let start = self.offset
        var hasEscapes = false
        while self.offset < self.end {
            switch self.bytes[self.offset] {
            case UInt8(ascii: "\""):
                self.offset += 1
                return (start..<self.offset - 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try self.skipEscape()
            case ..<0x20: throw self.failure("a control character in a string must be escaped")
            default: self.offset += 1
            }
        }
        throw self.failure("the text ends too early")
    }

    private mutating func skipEscape() throws(JSONError) {
        guard self.offset + 1 < self.end else { throw JSONError(reason: "the text ends too early", offset: self.end) }
        switch self.bytes[self.offset + 1] {
        case UInt8(ascii: "u"):
            for digit in self.offset + 2..<self.offset + 6 where digit >= self.end || self.bytes[digit].hexValue == nil
            {
                throw JSONError(reason: "a hexadecimal digit is expected", offset: digit)
            }
            self.offset += 6
        case let byte where Self.meaning(byte) != nil: self.offset += 2
        default: throw self.failure("there is no such escape")
        }
    }

    /// What the character behind a backslash stands for; nil if there is no such escape, and for `u`.
    private static func meaning(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt16(byte)
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The text of a string with escapes, all of which are well-formed.
    private func unescaped(_ content: Range<Int>) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(content.count)
        var index = content.lowerBound
        while index < content.upperBound {
            let start = index
            while index < content.upperBound, self.bytes[index] != UInt8(ascii: "\\") { index += 1 }
            units.append(contentsOf: self.text(start..<index).utf16)
            guard index < content.upperBound else { break }
            if let unit = Self.meaning(self.bytes[index + 1]) {
                units.append(unit)
                index += 2
            } else {
                units.append(self.bytes[index + 2..<index + 6].reduce(0) { $0 << 4 | UInt16($1.hexValue ?? 0) })
                index += 6
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    fileprivate var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
