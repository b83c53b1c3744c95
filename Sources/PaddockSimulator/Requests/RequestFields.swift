// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockJSON

/// The fields of a JSON body, with the errors for those of the wrong type.
struct RequestFields {
    private let object: JSONObject

    /// - Throws: 400 for a body that is empty, no JSON or no object.
    init(body: ByteBuffer) throws(RequestError) {
        if body.readableBytes == 0 { throw .badRequest("missing request body") }
        // What follows the value is not read, as Ollama does not read it.
        var reader = JSONReader(Array(body.readableBytesView))
        let value: JSONValue
        do throws(JSONError) { value = try reader.readValue() } catch { throw .badRequest("invalid JSON: \(error)") }
        switch value {
        case .object(let object): self.object = object
        case .null: self.object = JSONObject()
        default: throw .badRequest("the body must be a JSON object, not \(value.typeName)")
        }
    }

    init(object: JSONObject) {
        self.object = object
    }

    /// The names of the fields as they were written.
    var names: [String] { self.object.members.map(\.key) }

    subscript(_ name: StaticString) -> JSONValue? { self.object.field(name) }

    /// A field that a later `null` takes back.
    func pointer(_ name: StaticString) -> JSONValue? { self.object.pointer(name) }

    func string(_ name: StaticString) throws(RequestError) -> String? {
        guard let value = self.object.field(name) else { return nil }
        guard let string = value.string else { throw Self.wrongType(name, "string", value) }
        return string
    }

    func bool(_ name: StaticString) throws(RequestError) -> Bool? {
        guard let value = self.object.field(name) else { return nil }
        guard case .bool(let bool) = value else { throw Self.wrongType(name, "boolean", value) }
        return bool
    }

    func integer(_ name: StaticString) throws(RequestError) -> Int? {
        guard let value = self.object.field(name) else { return nil }
        guard let integer = value.clampedInteger else { throw Self.wrongType(name, "number", value) }
        return integer
    }

    func array(_ name: StaticString) throws(RequestError) -> [JSONValue]? {
        guard let value = self.object.pointer(name) else { return nil }
        guard let array = value.array else { throw Self.wrongType(name, "array", value) }
        return array
    }

    func fields(_ name: StaticString) throws(RequestError) -> RequestFields? {
        guard let value = self.object.field(name) else { return nil }
        guard let object = value.object else { throw Self.wrongType(name, "object", value) }
        return RequestFields(object: object)
    }

    /// An integer of `options`, which is a map: its keys must match exactly.
    func option(_ name: String) throws(RequestError) -> Int? {
        guard let value = try self.optionValue(name) else { return nil }
        guard let integer = value.clampedInteger else {
            throw .badRequest("option \"\(name)\" must be of type integer")
        }
        return integer
    }

    /// A Boolean of `options`.
    func switchOption(_ name: String) throws(RequestError) -> Bool? {
        guard let value = try self.optionValue(name) else { return nil }
        guard let bool = value.bool else {
            throw .badRequest("option \"\(name)\" must be of type boolean")
        }
        return bool
    }

    private func optionValue(_ name: String) throws(RequestError) -> JSONValue? {
        guard let value = try self.fields("options")?.object[name], value != .null else { return nil }
        return value
    }

    /// The model's name, as it was given: never empty.
    func model() throws(RequestError) -> String {
        guard let name = try self.string("model"), !name.isEmpty else { throw .missingModel }
        return name
    }

    private static func wrongType(_ name: StaticString, _ wanted: String, _ value: JSONValue) -> RequestError {
        .badRequest("\(name) must be of type \(wanted), not \(value.typeName)")
    }
}
