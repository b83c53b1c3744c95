// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import NIOCore

/// Joins the lists that several backends answer: `/api/tags`, `/api/ps`, `/v1/models`.
enum ModelUnion {
    /// The lists of all backends in one, each entry once.
    ///
    /// - Parameters:
    ///   - union: which list.
    ///   - bodies: the answers, in the order of the backends; of equal entries the first is kept.
    /// - Returns: the JSON, or nil where an answer is no such list.
    static func join(_ union: Route.Union, _ bodies: [[UInt8]]) -> String? {
        let key = union == .openAIModels ? "data" : "models"
        let identity = union == .openAIModels ? "id" : "name"
        var joined: [JSONValue] = []
        var seen: Set<String> = []
        for body in bodies {
            guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(body)),
                case .object(let object) = value
            else { return nil }
            // A list with nothing in it is null to Go.
            guard case .array(let entries)? = object[key] else { continue }
            for entry in entries {
                if case .object(let fields) = entry, case .string(let name)? = fields[identity] {
                    guard seen.insert(name).inserted else { continue }
                }
                joined.append(entry)
            }
        }
        var object: [String: JSONValue] = [key: .array(joined)]
        if union == .openAIModels { object["object"] = .string("list") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(JSONValue.object(object))).map { String(decoding: $0, as: UTF8.self) }
    }
}
