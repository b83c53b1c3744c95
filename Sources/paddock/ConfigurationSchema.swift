// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockServer

/// The JSON schema (draft 2020-12) of the configuration file, for editors.
enum ConfigurationSchema {
    /// The schema.
    static var json: OrderedJSON {
        let keys = Setting.all.map { setting in
            let description = OrderedJSON.string("\(setting.summary) Value: \(setting.wanted).")
            var fields: [(key: String, value: OrderedJSON)] = [("description", description)]
            fields += Self.fields(setting.schema)
            if let standard = Self.standard(setting) { fields.append(("default", standard)) }
            return (setting.key, OrderedJSON.object(fields))
        }
        return .object([
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("The configuration of Paddock")),
            ("type", .string("object")),
            ("additionalProperties", .bool(false)),
            ("properties", .object(keys)),
        ])
    }

    private static func standard(_ setting: Setting) -> OrderedJSON? {
        if case .map = setting.schema { return .object([]) }
        if setting.isList { return .array(setting.standardElements.map(OrderedJSON.string)) }
        return setting.standardText.map { text in
            Int(text).map(OrderedJSON.integer) ?? Bool(text).map(OrderedJSON.bool) ?? .string(text)
        }
    }

    private static func fields(_ schema: ValueSchema) -> [(key: String, value: OrderedJSON)] {
        switch schema {
        case .boolean: [("type", .string("boolean"))]
        case .text: [("type", .string("string"))]
        case .pattern(let pattern): [("type", .string("string")), ("pattern", .string("^(?:\(pattern))$"))]
        case .integer(let range):
            [
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]
        case .number(let range):
            [
                ("type", .string("number")), ("minimum", .number(range.lowerBound)),
                ("maximum", .number(range.upperBound)),
            ]
        case .words(let words): [("enum", .array(words.map(OrderedJSON.string)))]
        case .any(let schemas): [("anyOf", .array(schemas.map(Self.object)))]
        case .list(let element): [("type", .string("array")), ("items", Self.object(element))]
        case .map(let value): [("type", .string("object")), ("additionalProperties", Self.object(value))]
        case .record(let keys, let required):
            [
                ("type", .string("object")), ("additionalProperties", .bool(false)),
                ("properties", .object(keys.map { ($0.key, Self.object($0.value)) })),
                ("required", .array(required.map(OrderedJSON.string))),
            ]
        }
    }

    private static func object(_ schema: ValueSchema) -> OrderedJSON { .object(Self.fields(schema)) }
}
