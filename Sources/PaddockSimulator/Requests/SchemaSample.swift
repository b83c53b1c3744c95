// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// A small JSON value that fits a JSON schema: the answer of clients that ask for structured output, and the arguments of tools.
///
/// Knows what such clients send: `type`, `properties`, `required`, `items`, `prefixItems`, `enum`, `const`, `anyOf`, `oneOf`,
/// `allOf`, `$ref` within the schema, the bounds of numbers, strings and lists, `multipleOf`, `uniqueItems` and the usual
/// `format`s; `pattern` it cannot follow. All properties are given, required or not, as far as the schema is small; of large and
/// of recursive ones only what is required.
struct SchemaSample {
    /// Deeper than this only what is required is given, so that recursive schemas end.
    private static let generousDepth = 6
    /// Schemas that require more than this end in `null`, whatever they say.
    private static let maxDepth = 32
    /// Values, and characters of strings, in all; beyond half of them only what is required is given.
    private static let maxSize = 1_024
    /// References and choices that are followed one after the other for one value.
    private static let maxSteps = 32

    private let root: JSONValue

    init(schema: JSONValue) {
        self.root = schema
    }

    /// A value that fits.
    var text: String { self.value.text }

    /// A value that fits, or an empty object where what fits is no object.
    var objectText: String {
        let value = self.value
        return value.object == nil ? "{}" : value.text
    }

    private var value: JSONValue {
        var size = 0
        return self.sample(self.root, depth: 0, variant: 0, size: &size)
    }

    /// - Parameters:
    ///   - variant: Values of different numbers differ, as far as the schema lets them.
    ///   - size: What has been made so far.
    private func sample(_ schema: JSONValue, depth: Int, variant: Int, size: inout Int) -> JSONValue {
        size += 1
        guard depth < Self.maxDepth, size < Self.maxSize else { return .null }
        let isSparing = depth > Self.generousDepth || size > Self.maxSize / 2
        let rules = self.rules(of: schema, isSparing: isSparing)
        if let constant = rules["const"] { return constant }
        if let values = rules["enum"]?.array, !values.isEmpty { return values[variant % values.count] }
        switch Self.typeName(rules, isSparing: isSparing) {
        case "object": return self.object(rules, depth: depth, isSparing: isSparing, size: &size)
        case "array": return self.array(rules, depth: depth, isSparing: isSparing, size: &size)
        case "integer": return NumberRange(rules, isInteger: true).sample(variant: variant)
        case "number": return NumberRange(rules, isInteger: false).sample(variant: variant)
        case "boolean": return .bool(variant % 2 == 0)
        case "null": return .null
        default: return .string(Self.string(rules, variant: variant, size: &size))
        }
    }

    // MARK: - Containers

    private func object(_ rules: JSONObject, depth: Int, isSparing: Bool, size: inout Int) -> JSONValue {
        let required = (rules["required"]?.array ?? []).compactMap(\.string)
        let requiredNames = Set(required)
        var object = JSONObject()
        var given: Set<String> = []
        for property in rules["properties"]?.object?.members ?? [] {
            let isRequired = requiredNames.contains(property.key)
            let isSparing = isSparing || size > Self.maxSize / 2
            // A string that must look like something that we cannot make is better left out.
            let isHard = property.value["pattern"] != nil
            guard isRequired || !(isSparing || isHard), given.insert(property.key).inserted else { continue }
            let value = self.sample(property.value, depth: depth + 1, variant: 0, size: &size)
            object.append(property.key, value)
        }
        for name in required where given.insert(name).inserted {
            let schema = rules["additionalProperties"] ?? .null
            let value = self.sample(schema, depth: depth + 1, variant: 0, size: &size)
            object.append(name, value)
        }
        return .object(object)
    }

    private func array(_ rules: JSONObject, depth: Int, isSparing: Bool, size: inout Int) -> JSONValue {
        let fixed = rules["prefixItems"]?.array ?? rules["items"]?.array ?? []
        let items = rules["items"] ?? .null
        let least = max(rules["minItems"]?.clampedInteger ?? 0, 0)
        let most = max(rules["maxItems"]?.clampedInteger ?? .max, 0)
        let wanted = isSparing || (items == .null && fixed.isEmpty) ? least : max(least, fixed.count, 1)
        let isUnique = rules["uniqueItems"] == .bool(true)
        var values: [JSONValue] = []
        while values.count < min(wanted, most), size < Self.maxSize {
            let schema = values.count < fixed.count ? fixed[values.count] : items
            let variant = isUnique ? values.count : 0
            values.append(self.sample(schema, depth: depth + 1, variant: variant, size: &size))
        }
        return .array(values)
    }

    // MARK: - Strings

    private static func string(_ rules: JSONObject, variant: Int, size: inout Int) -> String {
        var text = Self.formats[rules["format"]?.string ?? ""] ?? "simulated"
        if variant > 0 { text += "-\(variant)" }
        let least = min(max(rules["minLength"]?.clampedInteger ?? 0, 0), max(0, Self.maxSize - size))
        if text.count < least { text += String(repeating: "x", count: least - text.count) }
        size += text.count / 16
        return String(text.prefix(max(rules["maxLength"]?.clampedInteger ?? .max, 0)))
    }

    private static let formats = [
        "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00Z", "duration": "PT1S",
        "email": "simulated@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
        "uri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000",
    ]

    // MARK: - What a schema says

    private static func typeName(_ rules: JSONObject, isSparing: Bool) -> String {
        switch rules["type"] {
        case .string(let name): return name
        case .array(let names):
            let names = names.compactMap(\.string)
            if isSparing, names.contains("null") { return "null" }
            return names.first { $0 != "null" } ?? "null"
        default:
            if rules["properties"] != nil || rules["required"] != nil { return "object" }
            if rules["items"] != nil || rules["prefixItems"] != nil { return "array" }
            return rules["minimum"] == nil && rules["maximum"] == nil ? "string" : "number"
        }
    }

    /// One object with all that a schema says: behind its references, of all of `allOf`, and of one of `anyOf` or `oneOf`.
    private func rules(of schema: JSONValue, isSparing: Bool) -> JSONObject {
        var rules = JSONObject()
        var pending = [schema]
        var steps = 0
        while let next = pending.popLast(), steps < Self.maxSteps {
            steps += 1
            for member in next.object?.members ?? [] {
                switch member.key {
                case "$ref": pending.append(self.resolve(member.value.string ?? ""))
                case "allOf": pending.append(contentsOf: (member.value.array ?? []).prefix(Self.maxSteps).reversed())
                case "anyOf", "oneOf": pending.append(self.choice(member.value.array ?? [], isSparing: isSparing))
                case let key where Self.keywords.contains(key): rules.merge(member)
                default: break
                }
            }
        }
        return rules
    }

    /// What matters of a schema beside what is followed. Anything else may be there any number of times.
    private static let keywords: Set<String> = [
        "type", "const", "enum", "properties", "required", "additionalProperties", "items", "prefixItems", "minItems",
        "maxItems",
        "uniqueItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "format",
    ]

    /// The first that is not null, or where little is to be given the one that is.
    private func choice(_ schemas: [JSONValue], isSparing: Bool) -> JSONValue {
        let isNull = { (schema: JSONValue) in schema["type"] == .string("null") }
        let wanted = schemas.first { isNull($0) == isSparing }
        return wanted ?? schemas.first ?? .null
    }

    /// What a JSON pointer (RFC 6901) behind `#` leads to.
    private func resolve(_ reference: String) -> JSONValue {
        guard reference.hasPrefix("#") else { return .null }
        var value = self.root
        for step in reference.dropFirst().split(separator: "/").prefix(Self.maxSteps) {
            if let array = value.array {
                value = Int(step).flatMap { array.indices.contains($0) ? array[$0] : nil } ?? .null
            } else {
                value = value[Self.unescaped(step)] ?? .null
            }
        }
        return value
    }

    /// `~1` is a slash and `~0` a tilde.
    private static func unescaped(_ step: Substring) -> String {
        guard step.contains("~") else { return String(step) }
        let parts = step.split(separator: "~1", omittingEmptySubsequences: false)
        return parts.map { $0.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~") }
            .joined(separator: "/")
    }
}

extension JSONObject {
    /// Adds what another part of a schema says: properties and requirements to those that are there; of anything else what was
    /// there first stays.
    fileprivate mutating func merge(_ member: Member) {
        guard let index = self.members.firstIndex(where: { $0.key == member.key }) else {
            self.members.append(member)
            return
        }
        switch (member.key, self.members[index].value, member.value) {
        case ("properties", .object(var properties), .object(let others)):
            properties.members += others.members
            self.members[index] = Member(key: member.key, value: .object(properties))
        case ("required", .array(let names), .array(let others)):
            self.members[index] = Member(key: member.key, value: .array(names + others))
        default: break
        }
    }
}
