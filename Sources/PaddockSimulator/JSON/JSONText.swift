// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// JSON as it goes out, written as an interpolated literal: `#"{"model":\#(name),"done":true}"#`.
///
/// The literal parts are JSON already; strings put in are quoted and escaped; numbers and Booleans are written as they
/// are; other texts are put in whole, and lists of them with brackets and commas.
struct JSONText: ExpressibleByStringInterpolation {
    /// Collects the parts.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var buffer: ByteBuffer

        init(literalCapacity: Int, interpolationCount: Int) {
            self.buffer = ByteBuffer()
            self.buffer.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            self.buffer.writeString(literal)
        }

        mutating func appendInterpolation(_ string: String) {
            self.buffer.writeJSONString(string)
        }

        mutating func appendInterpolation(_ number: some BinaryInteger) {
            self.buffer.writeDecimal(number)
        }

        mutating func appendInterpolation(_ bool: Bool) {
            self.buffer.writeString(bool ? "true" : "false")
        }

        mutating func appendInterpolation(_ text: JSONText) {
            self.buffer.writeImmutableBuffer(text.buffer)
        }

        mutating func appendInterpolation(_ texts: [JSONText]) {
            self.buffer.writeInteger(UInt8(ascii: "["))
            for (index, text) in texts.enumerated() {
                if index > 0 { self.buffer.writeInteger(UInt8(ascii: ",")) }
                self.buffer.writeImmutableBuffer(text.buffer)
            }
            self.buffer.writeInteger(UInt8(ascii: "]"))
        }
    }

    let buffer: ByteBuffer

    init(stringLiteral value: String) {
        self.buffer = ByteBuffer(string: value)
    }

    init(stringInterpolation: StringInterpolation) {
        self.buffer = stringInterpolation.buffer
    }

    init(buffer: ByteBuffer) {
        self.buffer = buffer
    }

    /// A list of strings.
    init(strings: [String]) {
        self = "\(strings.map { JSONText(string: $0) })"
    }

    /// A value, written out.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = "null"
        case .bool(let bool): self = "\(bool)"
        case .number(let number) where number == number.rounded() && abs(number) < 1e15: self = "\(Int(number))"
        case .number(let number): self.init(buffer: ByteBuffer(string: "\(number)"))
        case .string(let string): self = "\(string)"
        case .array(let values): self = "\(values.map { JSONText($0) })"
        case .object(let object):
            var buffer = ByteBuffer(string: "{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { buffer.writeString(",") }
                buffer.writeJSONString(member.key)
                buffer.writeString(":")
                buffer.writeImmutableBuffer(JSONText(member.value).buffer)
            }
            buffer.writeString("}")
            self.init(buffer: buffer)
        }
    }

    /// One string, quoted and escaped.
    init(string: String) {
        self = "\(string)"
    }
}
