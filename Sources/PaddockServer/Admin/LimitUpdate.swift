// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockProxy

/// What a client asks of `/admin/queue/update`.
package struct LimitUpdate: Equatable, Sendable {
    package let model: ModelName
    package let parallel: Int?
    package let queue: Int?

    /// Why the body is no such update.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter json: the body.
    /// - Throws: `Problem`, in words fit for the client.
    package init(json: [UInt8]) throws(Problem) {
        guard case .object(let fields)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json)) else {
            throw Problem(
                description: "the body must be a JSON object such as {\"model\":\"llama2\",\"parallel_limit\":8}"
            )
        }
        for key in fields.keys.sorted() where !["model", "parallel_limit", "queue_limit"].contains(key) {
            throw Problem(
                description: "unknown field \"\(key.prefix(64))\": there are model, parallel_limit and queue_limit"
            )
        }
        guard case .string(let name)? = fields["model"], name.utf8.count <= ModelField.maxBytes,
            let model = ModelName(name)
        else { throw Problem(description: "\"model\" must be a name of 1 to \(ModelField.maxBytes) bytes") }
        self.model = model
        self.parallel = try Self.limit("parallel_limit", fields, ConfigurationKey.parallelLimits)
        self.queue = try Self.limit("queue_limit", fields, ConfigurationKey.queueLimits)
        guard self.parallel != nil || self.queue != nil else {
            throw Problem(description: "give at least one of parallel_limit and queue_limit")
        }
    }

    private static func limit(
        _ key: String,
        _ fields: [String: JSONValue],
        _ range: ClosedRange<Int>
    ) throws(Problem) -> Int? {
        guard let value = fields[key] else { return nil }
        guard case .integer(let number) = value, let limit = Int(exactly: number), range.contains(limit) else {
            throw Problem(
                description: "\"\(key)\" must be an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return limit
    }
}
