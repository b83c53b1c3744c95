// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import PaddockConfiguration
internal import PaddockProxy

/// What a client asks of `/admin/log`.
package struct LogLevelUpdate: Equatable, Sendable {
    package let level: LogLevel

    /// Why the body is no such update.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter json: the body.
    /// - Throws: `Problem`, in words fit for the client.
    package init(json: [UInt8]) throws(Problem) {
        let words = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        guard case .object(let fields)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json)),
            fields.count == 1,
            case .string(let word)? = fields["level"], let level = LogLevel(rawValue: word)
        else {
            throw Problem(
                description: "the body must be a JSON object such as {\"level\":\"debug\"}; the levels are \(words)"
            )
        }
        self.level = level
    }
}
