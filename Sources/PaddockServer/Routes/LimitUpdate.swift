// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockJSON
internal import PaddockProxy

/// The body of a request to change the limits of a model.
struct LimitUpdate: Equatable, Sendable {
    let model: ModelName
    let parallel: Int?
    let queue: Int?

    /// - Parameter json: the body.
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(json: [UInt8]) throws(ErrorReply) {
        guard let fields = (try? JSONValue(parsing: json))?.object else {
            throw ErrorReply.invalidRequest(
                "the body must be a JSON object such as {\"model\":\"llama2\",\"parallel_limit\":8}"
            )
        }
        for key in fields.members.map(\.key).sorted() where !["model", "parallel_limit", "queue_limit"].contains(key) {
            throw ErrorReply.invalidRequest(
                "unknown field \"\(key.prefix(64))\": the fields are model, parallel_limit and queue_limit"
            )
        }
        guard let name = fields["model"]?.string, name.utf8.count <= ModelField.maxBytes,
            let model = ModelName(name)
        else { throw ErrorReply.invalidRequest("\"model\" must be a name of 1 to \(ModelField.maxBytes) bytes") }
        self.model = model
        self.parallel = try Self.limit("parallel_limit", fields, DeclaredModel.parallelRange)
        self.queue = try Self.limit("queue_limit", fields, DeclaredModel.queueRange)
        guard self.parallel != nil || self.queue != nil else {
            throw ErrorReply.invalidRequest("give at least one of parallel_limit and queue_limit")
        }
    }

    private static func limit(
        _ key: String,
        _ fields: JSONObject,
        _ range: ClosedRange<Int>
    ) throws(ErrorReply) -> Int? {
        guard let value = fields[key] else { return nil }
        guard let limit = value.integer, range.contains(limit) else {
            throw ErrorReply.invalidRequest(
                "\"\(key)\" must be an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return limit
    }
}
