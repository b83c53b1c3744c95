// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A value of the protocol of Redis, RESP2 and RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
package enum RESPValue: Hashable, Sendable {
    /// A short text, or bytes of a given length.
    case text([UInt8])
    /// An error, such as `NOSCRIPT No matching script`.
    case error(String)
    /// A whole number.
    case integer(Int64)
    /// A number, as it was written.
    case number(String)
    /// A truth value.
    case bool(Bool)
    /// Nothing.
    case null
    /// A list, or a set.
    case array([RESPValue])
    /// A map: keys and values in turn.
    case map([RESPValue])

    /// The text, if it is one in UTF-8.
    package var string: String? {
        if case .text(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil }
    }

    /// The elements, if it is a list.
    package var array: [RESPValue]? { if case .array(let elements) = self { elements } else { nil } }
}

/// What came that is no RESP, or more than is taken.
package struct RESPError: Error, Hashable, Sendable {
    /// What it was.
    package let text: String

    init(_ text: String) { self.text = text }
}
