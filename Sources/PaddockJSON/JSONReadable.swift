// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What can be made of a JSON value.
package protocol JSONReadable {
    /// Makes it of a value.
    ///
    /// - Throws: that the value is another one.
    init(json: JSONValue) throws(JSONMismatch)
}

/// A value is not what was expected.
package struct JSONMismatch: Error, Equatable {
    /// A mismatch.
    package init() {}
}

extension JSONValue {
    /// What can be made of a member; of one that is not there, what can be made of null.
    ///
    /// - Throws: that it is something else, or that this is no object.
    package func member<Value: JSONReadable>(_ key: String) throws(JSONMismatch) -> Value {
        guard case .object(let object) = self else { throw JSONMismatch() }
        return try Value(json: object[key] ?? .null)
    }

    fileprivate static func found<Value>(_ value: Value?) throws(JSONMismatch) -> Value {
        guard let value else { throw JSONMismatch() }
        return value
    }
}

extension String: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) { self = try JSONValue.found(json.string) }
}

extension Bool: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) { self = try JSONValue.found(json.bool) }
}

extension Int: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) { self = try JSONValue.found(json.integer) }
}

extension Double: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) { self = try JSONValue.found(json.double) }
}

extension Optional: JSONReadable where Wrapped: JSONReadable {
    /// Makes nil of null.
    package init(json: JSONValue) throws(JSONMismatch) { self = try json == .null ? nil : Wrapped(json: json) }
}

extension Array: JSONReadable where Element: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) {
        self = []
        for element in try JSONValue.found(json.array) { self.append(try Element(json: element)) }
    }
}

extension Dictionary: JSONReadable where Key == String, Value: JSONReadable {
    package init(json: JSONValue) throws(JSONMismatch) {
        self = [:]
        for member in try JSONValue.found(json.object).members { self[member.key] = try Value(json: member.value) }
    }
}
