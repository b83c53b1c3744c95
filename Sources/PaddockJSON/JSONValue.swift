// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A JSON value (RFC 8259) that says all that its text says: members in their order, duplicates included, and numbers digit by digit.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Reads a text that is one value and nothing else.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - maxBytes: how long it may be. Defaults to 64 MiB.
    /// - Throws: what is wrong, and where.
    package init(parsing bytes: [UInt8], maxBytes: Int = 64 << 20) throws(JSONError) {
        guard bytes.count <= maxBytes else {
            throw JSONError(reason: "the text is longer than \(maxBytes) bytes", offset: maxBytes)
        }
        var reader = JSONReader(bytes)
        self = try reader.readValue()
        try reader.finish()
    }

    /// A string; null for nil.
    package init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// A whole number; null for nil.
    package init(_ number: Int?) { self = number.map { .number(JSONNumber($0)) } ?? .null }

    /// A number; null for nil and for what is not finite.
    package init(_ number: Double?) { self = number.flatMap { JSONNumber($0) }.map { .number($0) } ?? .null }

    /// A Boolean; null for nil.
    package init(_ bool: Bool?) { self = bool.map { .bool($0) } ?? .null }

    /// The string, if it is one.
    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The Boolean, if it is one.
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The number, if it is one that is whole and fits.
    package var integer: Int? { if case .number(let number) = self { number.integer } else { nil } }

    /// The number, if it is one that is not too large.
    package var double: Double? { if case .number(let number) = self { number.double } else { nil } }

    /// The elements, if it is an array.
    package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The members, if it is an object.
    package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

    /// The value of a member, if it is an object that has it; see ``JSONObject``.
    package subscript(_ key: String) -> JSONValue? { self.object?[key] }

    /// What the type is called: `null`, `boolean`, `number`, `string`, `array` or `object`.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral number: Int) { self.init(number) }
    package init(booleanLiteral bool: Bool) { self = .bool(bool) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(dictionaryLiteral members: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in members { object.append(key, value) }
        self = .object(object)
    }
}

extension JSONValue: JSONWritable {
    package func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let bool): bool.write(to: &json)
        case .number(let number): json.verbatim(number.text.utf8)
        case .string(let text): text.write(to: &json)
        case .array(let elements): elements.write(to: &json)
        case .object(let object):
            json.object { json in
                for member in object.members { json.member(named: member.key, member.value) }
            }
        }
    }

    /// The text, without blanks.
    package var text: String { JSONText(of: self).string }
}
