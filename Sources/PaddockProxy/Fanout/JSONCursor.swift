// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Skips JSON (RFC 8259) and finds where its values are.
struct JSONCursor {
    /// Deeper nesting is refused.
    static let maxDepth = 512

    private let bytes: [UInt8]
    private var index: Int

    init(_ bytes: [UInt8], from index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    /// Whether nothing but blanks follows.
    var isAtEnd: Bool {
        mutating get {
            self.skipBlanks()
            return self.index == self.bytes.count
        }
    }

    /// Skips an object, and reports where the name and the value of each member are.
    mutating func readObject(_ member: (_ name: Range<Int>, _ value: Range<Int>) -> Void) -> Bool {
        guard self.take("{") else { return false }
        if self.take("}") { return true }
        repeat {
            guard let name = self.readName(), let value = self.readValue() else { return false }
            member(name, value)
        } while self.take(",")
        return self.take("}")
    }

    /// Skips an array, and reports where each element is.
    mutating func readArray(_ element: (Range<Int>) -> Void) -> Bool {
        guard self.take("[") else { return false }
        if self.take("]") { return true }
        repeat {
            guard let value = self.readValue() else { return false }
            element(value)
        } while self.take(",")
        return self.take("]")
    }

    /// Skips a value of any kind, with a stack of its own, as the sender chose how deep it is.
    private mutating func readValue() -> Range<Int>? {
        self.skipBlanks()
        let start = self.index
        var open: [UInt8] = []
        while true {
            if self.take("{") {
                open.append(UInt8(ascii: "}"))
                if !self.take("}") {
                    guard self.readName() != nil, open.count <= Self.maxDepth else { return nil }
                    continue
                }
                open.removeLast()
            } else if self.take("[") {
                open.append(UInt8(ascii: "]"))
                if !self.take("]") {
                    guard open.count <= Self.maxDepth else { return nil }
                    continue
                }
                open.removeLast()
            } else if !self.readScalar() {
                return nil
            }
            // A value has ended: others follow it, or what it is in ends, too.
            while let close = open.last {
                if self.take(",") {
                    if close == UInt8(ascii: "}"), self.readName() == nil { return nil }
                    break
                }
                guard self.take(close) else { return nil }
                open.removeLast()
            }
            if open.isEmpty { return start..<self.index }
        }
    }

    private mutating func readName() -> Range<Int>? {
        self.skipBlanks()
        let start = self.index
        guard self.readString() else { return nil }
        let end = self.index
        return self.take(":") ? start..<end : nil
    }

    private mutating func readScalar() -> Bool {
        self.skipBlanks()
        guard self.index < self.bytes.count else { return false }
        switch self.bytes[self.index] {
        case UInt8(ascii: "\""): return self.readString()
        case UInt8(ascii: "t"): return self.readWord("true")
        case UInt8(ascii: "f"): return self.readWord("false")
        case UInt8(ascii: "n"): return self.readWord("null")
        default: return self.readNumber()
        }
    }

    private mutating func readWord(_ word: StaticString) -> Bool {
        let end = self.index + word.utf8CodeUnitCount
        guard end <= self.bytes.count, word.withUTF8Buffer({ self.bytes[self.index..<end].elementsEqual($0) }) else {
            return false
        }
        self.index = end
        return true
    }

    private mutating func readString() -> Bool {
        guard self.index < self.bytes.count, self.bytes[self.index] == UInt8(ascii: "\"") else { return false }
        self.index += 1
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard self.readEscape() else { return false }
            case ..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func readEscape() -> Bool {
        guard self.index < self.bytes.count else { return false }
        let byte = self.bytes[self.index]
        self.index += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        guard self.index + 4 <= self.bytes.count,
            self.bytes[self.index..<self.index + 4].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 })
        else { return false }
        self.index += 4
        return true
    }

    private mutating func readNumber() -> Bool {
        self.skip(UInt8(ascii: "-"))
        // No zero before other digits.
        if !self.skip(UInt8(ascii: "0")) { guard self.readDigits() else { return false } }
        if self.skip(UInt8(ascii: ".")) { guard self.readDigits() else { return false } }
        if self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) {
            if !self.skip(UInt8(ascii: "-")) { self.skip(UInt8(ascii: "+")) }
            return self.readDigits()
        }
        return true
    }

    private mutating func readDigits() -> Bool {
        let start = self.index
        while self.index < self.bytes.count, self.bytes[self.index] &- UInt8(ascii: "0") < 10 { self.index += 1 }
        return self.index > start
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool { self.take(UInt8(ascii: character)) }

    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipBlanks()
        return self.skip(byte)
    }

    private mutating func skipBlanks() {
        while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case 0x20, 0x09, 0x0A, 0x0D: self.index += 1
            default: return
            }
        }
    }
}
