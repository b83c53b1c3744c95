// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockJSON

/// JSON as Go reads it into structs, in which Ollama keeps the fields of requests.
extension JSONObject {
    /// A field of a struct: keys match without regard to (ASCII) case, `null` counts as absent, the last one wins.
    ///
    /// - Parameter name: In lower case.
    func field(_ name: StaticString) -> JSONValue? {
        self.members.last { $0.value != .null && Self.matches($0.key, name) }?.value
    }

    /// A field of a struct that is a pointer or a list: as ``field(_:)``, but a `null` takes back what was in front of it.
    ///
    /// - Parameter name: In lower case.
    func pointer(_ name: StaticString) -> JSONValue? {
        let last = self.members.last { Self.matches($0.key, name) }?.value
        return last == .null ? nil : last
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

extension JSONValue {
    /// A field of the struct, if it is an object; see ``JSONObject/field(_:)``.
    func field(_ name: StaticString) -> JSONValue? { self.object?.field(name) }

    /// The number without its fraction, clamped to what an `Int32` holds: no field of the API needs more.
    var clampedInteger: Int? { self.double.map { Int(min(max($0, -2_147_483_648), 2_147_483_647)) } }
}

extension JSONText {
    /// The bytes, to be sent.
    var buffer: ByteBuffer { ByteBuffer(bytes: self.bytes) }
}
