// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import PaddockConfiguration
internal import PaddockProxy

/// The body of a request to change the level of the process's own messages.
struct LogLevelUpdate: Equatable, Sendable {
    let level: LogLevel

    /// - Parameter json: the body.
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(json: [UInt8]) throws(ErrorReply) {
        let words = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        guard case .object(let fields)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json)),
            fields.count == 1,
            case .string(let word)? = fields["level"], let level = LogLevel(rawValue: word)
        else {
            throw ErrorReply.invalidRequest(
                "the body must be a JSON object such as {\"level\":\"debug\"}; the levels are \(words)"
            )
        }
        self.level = level
    }
}
