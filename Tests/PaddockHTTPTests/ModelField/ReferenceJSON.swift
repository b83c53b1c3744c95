// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// A slow reading of a whole JSON body, by recursive descent, that decodes every string.
///
/// It is written from RFC 8259 and the rules of Go's `encoding/json`; the scanner must answer as this does.
struct ReferenceJSON {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private var model: ModelField?

    static func modelField(of bytes: [UInt8]) -> ModelField {
        var parser = ReferenceJSON(bytes: bytes)
        do throws(ModelFieldProblem) {
            try parser.document()
            return parser.model ?? .invalid(.missing)
        } catch {
            return .invalid(error)
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func document() throws(ModelFieldProblem) {
        self.skipBlanks()
        guard self.index < self.bytes.count else { throw .emptyBody }
        guard self.bytes[self.index] == UInt8(ascii: "{") else {
            throw self.kind.map { .notAnObject($0) } ?? .malformed(offset: self.index, expected: .object)
        }
        try self.object(isOutermost: true)
        self.skipBlanks()
        if self.index < self.bytes.count { throw .moreBehindTheObject(offset: self.index) }
    }

    private mutating func object(isOutermost: Bool) throws(ModelFieldProblem) {
        try self.enter()
        self.skipBlanks()
        if try self.peek() == UInt8(ascii: "}") { return self.leave() }
        var isFirst = true
        while true {
            self.skipBlanks()
            guard try self.peek() == UInt8(ascii: "\"") else {
                throw .malformed(offset: self.index, expected: isFirst ? .keyOrEnd : .key)
            }
            isFirst = false
            let key = try self.string()
            self.skipBlanks()
            guard try self.peek() == UInt8(ascii: ":") else { throw .malformed(offset: self.index, expected: .colon) }
            self.index += 1
            self.skipBlanks()
            try self.value(isModel: isOutermost && Self.folded(key) == "model")
            self.skipBlanks()
            switch try self.peek() {
            case UInt8(ascii: ","): self.index += 1
            case UInt8(ascii: "}"): return self.leave()
            default: throw .malformed(offset: self.index, expected: .commaOrBrace)
            }
        }
    }

    private mutating func array() throws(ModelFieldProblem) {
        try self.enter()
        self.skipBlanks()
        if try self.peek() == UInt8(ascii: "]") { return self.leave() }
        var isFirst = true
        while true {
            self.skipBlanks()
            _ = try self.peek()
            guard self.kind != nil else {
                throw .malformed(offset: self.index, expected: isFirst ? .valueOrEnd : .value)
            }
            isFirst = false
            try self.value(isModel: false)
            self.skipBlanks()
            switch try self.peek() {
            case UInt8(ascii: ","): self.index += 1
            case UInt8(ascii: "]"): return self.leave()
            default: throw .malformed(offset: self.index, expected: .commaOrBracket)
            }
        }
    }

    private mutating func value(isModel: Bool) throws(ModelFieldProblem) {
        _ = try self.peek()
        guard let kind = self.kind else { throw .malformed(offset: self.index, expected: .value) }
        if isModel, kind != .string, kind != .null { throw .notAString(kind) }
        switch kind {
        case .string:
            let text = try self.string()
            guard isModel else { return }
            if text.isEmpty {
                self.model = .invalid(.empty)
            } else {
                self.model = text.utf8.count > 256 ? .invalid(.tooLong) : .model(text)
            }
        case .object: try self.object(isOutermost: false)
        case .array: try self.array()
        case .number: try self.number()
        case .boolean: try self.literal(self.bytes[self.index] == UInt8(ascii: "t") ? "true" : "false")
        case .null:
            try self.literal("null")
            if isModel, self.model == nil { self.model = .invalid(.null) }
        }
    }

    private mutating func literal(_ word: String) throws(ModelFieldProblem) {
        for letter in word.utf8 {
            guard try self.peek() == letter else { throw .malformed(offset: self.index, expected: .literal) }
            self.index += 1
        }
    }

    private mutating func number() throws(ModelFieldProblem) {
        if try self.peek() == UInt8(ascii: "-") { self.index += 1 }
        if try self.peek() == UInt8(ascii: "0") {
            self.index += 1
        } else {
            try self.digits()
        }
        if try self.peek() == UInt8(ascii: ".") {
            self.index += 1
            try self.digits()
        }
        if try [UInt8(ascii: "e"), UInt8(ascii: "E")].contains(self.peek()) {
            self.index += 1
            if try [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(self.peek()) { self.index += 1 }
            try self.digits()
        }
    }

    private mutating func digits() throws(ModelFieldProblem) {
        guard try Self.isDigit(self.peek()) else { throw .malformed(offset: self.index, expected: .digit) }
        while try Self.isDigit(self.peek()) { self.index += 1 }
    }

    private mutating func string() throws(ModelFieldProblem) -> String {
        self.index += 1
        var scalars = String.UnicodeScalarView()
        while true {
            let byte = try self.peek()
            switch byte {
            case UInt8(ascii: "\""):
                self.index += 1
                return String(scalars)
            case UInt8(ascii: "\\"):
                self.index += 1
                scalars.append(try self.escape())
            case 0..<0x20:
                throw .malformed(offset: self.index, expected: .text)
            case 0..<0x80:
                scalars.append(Unicode.Scalar(byte))
                self.index += 1
            default:
                let character = (2...4).lazy.compactMap { [bytes, index] length -> String? in
                    String(validating: bytes[index..<min(index + length, bytes.count)], as: UTF8.self)
                }.first?.unicodeScalars.first
                scalars.append(character ?? "\u{FFFD}")
                self.index += character?.utf8.count ?? 1
            }
        }
    }

    private mutating func escape() throws(ModelFieldProblem) -> Unicode.Scalar {
        let byte = try self.peek()
        guard byte != UInt8(ascii: "u") else {
            self.index += 1
            let unit = try self.codeUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // A second escape counts only if it completes the first; else it is read on its own.
            let afterFirst = self.index
            if unit < 0xDC00, self.bytes[afterFirst...].starts(with: Array("\\u".utf8)) {
                self.index += 2
                let second = try self.codeUnit()
                if 0xDC00...0xDFFF ~= second {
                    let value = 0x10000 + (UInt32(unit) - 0xD800) * 0x400 + (UInt32(second) - 0xDC00)
                    if let scalar = Unicode.Scalar(value) { return scalar }
                }
                self.index = afterFirst
            }
            return "\u{FFFD}"
        }
        let escapes: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
            UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        guard let scalar = escapes[byte] else { throw .malformed(offset: self.index, expected: .escape) }
        self.index += 1
        return scalar
    }

    private mutating func codeUnit() throws(ModelFieldProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit = try Character(Unicode.Scalar(self.peek())).hexDigitValue
            guard let digit, try self.peek() < 0x80 else {
                throw .malformed(offset: self.index, expected: .hexadecimal)
            }
            unit = unit * 16 + UInt16(digit)
            self.index += 1
        }
        return unit
    }

    private mutating func enter() throws(ModelFieldProblem) {
        guard self.depth < 10_000 else { throw .tooDeep }
        self.depth += 1
        self.index += 1
    }

    private mutating func leave() {
        self.depth -= 1
        self.index += 1
    }

    private mutating func skipBlanks() {
        while self.index < self.bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(self.bytes[self.index]) {
            self.index += 1
        }
    }

    private func peek() throws(ModelFieldProblem) -> UInt8 {
        guard self.index < self.bytes.count else { throw .incomplete(bytes: self.bytes.count) }
        return self.bytes[self.index]
    }

    private var kind: JSONKind? {
        switch Character(Unicode.Scalar(self.bytes[self.index])) {
        case "{": .object
        case "[": .array
        case "\"": .string
        case "t", "f": .boolean
        case "n": .null
        case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": .number
        default: nil
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    private static func folded(_ key: String) -> String {
        String(
            String.UnicodeScalarView(
                key.unicodeScalars.map { "A"..."Z" ~= $0 ? Unicode.Scalar($0.value + 32) ?? $0 : $0 }
            )
        )
    }
}
