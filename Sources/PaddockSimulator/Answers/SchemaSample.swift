// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The smallest JSON that fits a JSON schema, so that clients which ask for structured output can read the answer.
///
/// Knows what such clients send: `type`, `properties`, `items`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref`,
/// `minimum`, `minItems`. All properties are given, required or not.
struct SchemaSample {
    /// Recursive schemas end here, in `null`.
    private static let maxDepth = 16

    private let root: JSONValue

    init(schema: JSONValue) {
        self.root = schema
    }

    var text: String { self.sample(self.root, depth: 0) }

    private func sample(_ schema: JSONValue, depth: Int) -> String {
        guard depth < Self.maxDepth, let object = schema.object else { return "null" }
        if let constant = object.entry("const") { return Self.render(constant) }
        if let first = object.entry("enum")?.array?.first { return Self.render(first) }
        if let path = object.entry("$ref")?.string { return self.sample(self.resolve(path), depth: depth + 1) }
        for key in ["anyOf", "oneOf", "allOf"] {
            if let first = object.entry(key)?.array?.first { return self.sample(first, depth: depth + 1) }
        }
        switch Self.typeName(object) {
        case "object":
            let members = (object.entry("properties")?.object?.members ?? []).map {
                "\(Self.render(.string($0.key))):\(self.sample($0.value, depth: depth + 1))"
            }
            return "{\(members.joined(separator: ","))}"
        case "array":
            let item = self.sample(object.entry("items") ?? .null, depth: depth + 1)
            let count = min(max(object.entry("minItems")?.integer ?? 1, object.entry("items") == nil ? 0 : 1), 16)
            return "[\(Array(repeating: item, count: count).joined(separator: ","))]"
        case "integer", "number": return String(object.entry("minimum")?.integer ?? 1)
        case "boolean": return "true"
        case "null": return "null"
        default: return "\"simulated\""
        }
    }

    private static func typeName(_ object: JSONObject) -> String {
        switch object.entry("type") {
        case .string(let name): return name
        case .array(let names): return names.lazy.compactMap(\.string).first { $0 != "null" } ?? "null"
        default: return object.entry("properties") == nil ? "string" : "object"
        }
    }

    private func resolve(_ path: String) -> JSONValue {
        var value = self.root
        for step in path.split(separator: "/") where step != "#" {
            value = value.object?.entry(String(step)) ?? .null
        }
        return value
    }

    private static func render(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let value): return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
        case .string(let value): return String(buffer: JSONText(string: value).buffer)
        case .array(let values): return "[\(values.map(Self.render).joined(separator: ","))]"
        case .object(let object):
            let members = object.members.map { "\(Self.render(.string($0.key))):\(Self.render($0.value))" }
            return "{\(members.joined(separator: ","))}"
        }
    }
}
