// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Whether the JSON body of a request to `/api/generate` or `/api/chat` asks Ollama to unload its model, and for nothing else.
///
/// Ollama answers such a request without running the model: one whose prompt or messages are empty and whose `keep_alive` is a duration
/// of zero. It is true only if no reader of the body can disagree. In doubt it is false, and the request takes a slot:
/// if a body is long, if a key that matters is there twice, if a key at the top has an escape or a character beyond ASCII (to Go
/// the Kelvin sign is a `k` and `ſ` an `s`), and if a value that matters is written in an unusual way.
package struct UnloadRequest {
    /// Longer bodies are none, in bytes: 4,096.
    package static let maxBytes = 4_096

    private static let emptyKeys: Set<String> = ["prompt", "messages", "images", "input", "suffix"]
    private static let keepAliveKey = "keep_alive"

    private let bytes: [UInt8]
    private var index = 0

    /// - Parameter body: A JSON object, as `JSONModelScanner` has found. Of anything else the answer means nothing.
    package static func matches(_ body: [UInt8]) -> Bool {
        guard body.count <= Self.maxBytes else { return false }
        var request = UnloadRequest(bytes: body)
        return request.isUnload()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func isUnload() -> Bool {
        guard self.take(UInt8(ascii: "{")) else { return false }
        var seen: Set<String> = []
        repeat {
            self.skipBlanks()
            guard let key = self.string(), !key.contains(UInt8(ascii: "\\")), key.allSatisfy({ $0 < 0x80 }),
                self.take(UInt8(ascii: ":"))
            else { return false }
            let name = String(decoding: key, as: UTF8.self).lowercased()
            let value = self.value()
            if Self.emptyKeys.contains(name) {
                guard seen.insert(name).inserted, Self.isEmpty(value) else { return false }
            } else if name == Self.keepAliveKey {
                guard seen.insert(name).inserted, Self.isZero(value) else { return false }
            }
        } while self.take(UInt8(ascii: ","))
        return self.take(UInt8(ascii: "}")) && seen.contains(Self.keepAliveKey)
    }

    // MARK: - Values

    private static func isEmpty(_ value: ArraySlice<UInt8>) -> Bool {
        if value.first == UInt8(ascii: "[") {
            return value.dropFirst().drop(while: Self.isBlank).elementsEqual("]".utf8)
        }
        return value.elementsEqual("null".utf8) || value.elementsEqual("\"\"".utf8)
    }

    private static func isZero(_ value: ArraySlice<UInt8>) -> Bool {
        if value.first == UInt8(ascii: "\"") { return Self.isZeroDuration(value.dropFirst().dropLast()) }
        let significand = value.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        return !value.isEmpty && significand.allSatisfy { "-0.".utf8.contains($0) }
    }

    /// A duration as Go reads it (`time.ParseDuration`), of units in ASCII.
    private static func isZeroDuration(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        if let first = rest.first, "+-".utf8.contains(first) { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return true }
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
            rest.removeFirst(number.count)
            let points = number.count { $0 == UInt8(ascii: ".") }
            guard points <= 1, number.count > points else { return false }
            let unit = rest.prefix { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
            rest.removeFirst(unit.count)
            guard Self.units.contains(where: { unit.elementsEqual($0.utf8) }) else { return false }
        }
        return true
    }

    private static let units = ["ns", "us", "ms", "s", "m", "h"]

    // MARK: - Passing over JSON

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab
    }

    private mutating func skipBlanks() {
        while self.index < self.bytes.count, Self.isBlank(self.bytes[self.index]) { self.index += 1 }
    }

    /// Takes a byte that follows any blanks.
    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipBlanks()
        guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    /// The text between the quotes of a string.
    private mutating func string() -> ArraySlice<UInt8>? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let start = self.index
        while self.index < self.bytes.count, self.bytes[self.index] != UInt8(ascii: "\"") {
            self.index += self.bytes[self.index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard self.index < self.bytes.count else { return nil }
        self.index += 1
        return self.bytes[start..<self.index - 1]
    }

    /// The bytes of the next value, strings with their quotes.
    private mutating func value() -> ArraySlice<UInt8> {
        self.skipBlanks()
        let start = self.index
        var depth = 0
        scan: while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case UInt8(ascii: "\""):
                guard self.string() != nil else { break scan }
                continue scan
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { break scan }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: break scan
            case let byte where depth == 0 && Self.isBlank(byte): break scan
            default: break
            }
            self.index += 1
        }
        return self.bytes[start..<min(self.index, self.bytes.count)]
    }
}
