// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockJSON

/// The JSON schema (draft 2020-12) of the configuration file, for editors.
enum ConfigurationSchema {
    /// The schema.
    static var json: JSONText {
        .object { json in
            json.member("$schema", "https://json-schema.org/draft/2020-12/schema")
            json.member("title", "The configuration of Paddock")
            json.member("type", "object")
            json.member("additionalProperties", false)
            json.object("properties") { json in
                for setting in Setting.all where setting.map == nil {
                    json.member(named: setting.key, Self.json(setting))
                }
                for map in Setting.maps { json.member(named: map, Self.json(map: map)) }
            }
        }
    }

    private static func json(map: String) -> JSONText {
        .object { json in
            json.member("type", "object")
            json.member("additionalProperties", false)
            json.object("properties") { json in
                for setting in Setting.all where setting.map == map {
                    json.member(named: setting.nameInMap, Self.json(setting))
                }
            }
        }
    }

    private static func json(_ setting: Setting) -> JSONText {
        .object { json in
            json.member("description", "\(setting.summary) Value: \(setting.wanted).")
            Self.write(setting.schema, to: &json)
            Self.writeDefault(of: setting, to: &json)
        }
    }

    private static func writeDefault(of setting: Setting, to json: inout JSONWriter) {
        if case .map = setting.schema {
            json.object("default") { _ in }
        } else if setting.isList {
            json.member("default", setting.standardElements)
        } else if let text = setting.standardText {
            json.member("default", Self.value(text))
        }
    }

    private static func value(_ text: String) -> JSONValue {
        if let number = Int(text) { return JSONValue(number) }
        return Bool(text).map { JSONValue($0) } ?? .string(text)
    }

    /// Writes the members that say what a value may be.
    private static func write(_ schema: ValueSchema, to json: inout JSONWriter) {
        switch schema {
        case .boolean: json.member("type", "boolean")
        case .text: json.member("type", "string")
        case .pattern(let pattern):
            json.member("type", "string")
            json.member("pattern", "^(?:\(pattern))$")
        case .integer(let range):
            json.member("type", "integer")
            json.member("minimum", range.lowerBound)
            json.member("maximum", range.upperBound)
        case .number(let range):
            json.member("type", "number")
            json.member("minimum", range.lowerBound)
            json.member("maximum", range.upperBound)
        case .words(let words): json.member("enum", words)
        case .any(let schemas): json.member("anyOf", schemas.map(Self.json))
        case .list(let element):
            json.member("type", "array")
            json.member("items", Self.json(element))
        case .map(let value):
            json.member("type", "object")
            json.member("additionalProperties", Self.json(value))
        case .record(let keys, let required):
            json.member("type", "object")
            json.member("additionalProperties", false)
            json.object("properties") { json in
                for (key, value) in keys { json.member(named: key, Self.json(value)) }
            }
            json.member("required", required)
        }
    }

    private static func json(_ schema: ValueSchema) -> JSONText { .object { json in Self.write(schema, to: &json) } }
}
