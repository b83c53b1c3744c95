// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// JSON as it goes out, written as an interpolated literal: `#"{"model":\#(name),"done":true}"#`.
///
/// The literal parts are JSON already, or a part of it; what is put in is written as ``JSONWritable`` says, so strings are quoted and
/// escaped; other texts are put in as they are.
package struct JSONText: ExpressibleByStringInterpolation, Equatable, Sendable {
    /// Collects the parts.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var json: JSONWriter

        /// Begins a text.
        package init(literalCapacity: Int, interpolationCount: Int) {
            self.json = JSONWriter(capacity: literalCapacity + 24 * interpolationCount)
        }

        /// Puts in a part that is JSON already.
        package mutating func appendLiteral(_ literal: String) { self.json.piece(literal.utf8) }

        /// Puts in a value.
        package mutating func appendInterpolation(_ value: some JSONWritable) {
            // Two values with nothing between them are two pieces: no comma is due.
            self.json.piece(EmptyCollection())
            self.json.value(value)
        }
    }

    /// The text in UTF-8.
    package let bytes: [UInt8]

    /// A text that is JSON already.
    package init(stringLiteral text: String) { self.bytes = Array(text.utf8) }

    /// The parts, put together.
    package init(stringInterpolation: StringInterpolation) { self.init(stringInterpolation.json) }

    /// A value, written out.
    package init(of value: some JSONWritable) {
        var json = JSONWriter()
        json.value(value)
        self.init(json)
    }

    /// An object.
    ///
    /// - Parameter members: writes its members.
    package static func object(_ members: (inout JSONWriter) -> Void) -> JSONText {
        var json = JSONWriter()
        json.object(members)
        return JSONText(json)
    }

    private init(_ json: JSONWriter) { self.bytes = json.bytes }

    /// A text that is JSON already.
    package init(verbatim text: String) { self.init(stringLiteral: text) }

    /// The text.
    package var string: String { String(decoding: self.bytes, as: UTF8.self) }
}

extension JSONText: JSONWritable {
    package func write(to json: inout JSONWriter) { json.verbatim(self.bytes) }
}
