// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, looked up by the rules of Go's decoder, in which Ollama is written.
struct JSONObject: Equatable, Sendable {
    /// One `"key": value`.
    struct Member: Equatable, Sendable {
        let key: String
        let value: JSONValue
    }

    var members: [Member] = []

    /// A field of a struct: keys match without regard to (ASCII) case, `null` counts as absent, the last one wins.
    ///
    /// - Parameter name: In lower case.
    subscript(_ name: StaticString) -> JSONValue? {
        for member in self.members.reversed() where member.value != .null && Self.matches(member.key, name) {
            return member.value
        }
        return nil
    }

    /// A field of a struct that is a pointer or a list: as ``subscript(_:)``, but a `null` takes back what stood before it.
    ///
    /// - Parameter name: In lower case.
    func pointer(_ name: StaticString) -> JSONValue? {
        let last = self.members.last { Self.matches($0.key, name) }?.value
        return last == .null ? nil : last
    }

    /// An entry of a map, such as `options`: the key must match exactly, the last one wins.
    func entry(_ name: String) -> JSONValue? {
        self.members.last { $0.key == name }?.value
    }

    private static func matches(_ key: String, _ name: StaticString) -> Bool {
        guard key.utf8.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { lower in
            zip(key.utf8, lower).allSatisfy { byte, wanted in
                byte == wanted || (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte && byte | 0x20 == wanted)
            }
        }
    }
}
