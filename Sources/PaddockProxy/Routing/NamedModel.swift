// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON

/// The model that a request names which passes through: of several backends one is to get it that has the model.
///
/// Only the routes that ask for a model that is there, or change one, as they are usually written. What makes models is not among them: its steps
/// must reach one and the same backend, whatever that has.
enum NamedModel {
    /// How long a body may be that is looked at, in bytes.
    static let maxBytes = 16_384

    /// The routes with the keys of their body that name the model; the first one counts that is there and not empty.
    private static let routes: [(line: StaticString, keys: [String])] = [
        ("POST /api/show", ["model", "name"]),
        ("POST /api/copy", ["source"]),
        ("POST /api/push", ["model", "name"]),
        ("DELETE /api/delete", ["model", "name"]),
    ]
    private static let inPath = Array("GET /v1/models/".utf8)

    /// The keys of the body that name the model; nil if the route has none.
    static func keys(of line: RequestLine) -> [String]? { self.routes.first { line.equals($0.line) }?.keys }

    /// The model that a path names; nil if it names none, or escapes characters.
    static func name(inPathOf line: RequestLine) -> ModelName? {
        guard let rest = line.rest(behind: self.inPath), rest.utf8.count <= ModelName.maxRead,
            !rest.utf8.contains(UInt8(ascii: "%"))
        else { return nil }
        return ModelName(rest)
    }

    /// The model that a body names; nil if it is not a JSON object that names one.
    ///
    /// As to Ollama's decoder keys are the same in capitals and small letters, of equal ones the last one counts, and null is nothing.
    static func name(_ keys: [String], in body: [UInt8]) -> ModelName? {
        guard let values = try? self.texts(of: keys, in: body) else { return nil }
        guard let text = values.first(where: { !$0.isEmpty }), text.utf8.count <= ModelName.maxRead else { return nil }
        return ModelName(text)
    }

    private static func texts(of keys: [String], in body: [UInt8]) throws(JSONError) -> [String] {
        var values = keys.map { _ in "" }
        var reader = JSONReader(body)
        try reader.beginObject()
        while let name = try reader.nextName() {
            let range = try reader.skipValue()
            guard let place = keys.firstIndex(of: name.lowercased()), body[range.lowerBound] == UInt8(ascii: "\"")
            else { continue }
            var value = JSONReader(body, in: range)
            values[place] = try value.readString()
        }
        try reader.finish()
        return values
    }
}

extension ModelName {
    /// How long a name may be that is read, in bytes.
    fileprivate static let maxRead = 256
}
