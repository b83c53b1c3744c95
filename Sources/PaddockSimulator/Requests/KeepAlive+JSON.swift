// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

extension KeepAlive {
    /// `keep_alive` by Ollama's rules: a number of seconds or a duration; below 0 is for ever.
    init(json: JSONValue) throws(RequestError) {
        let nanoseconds: Double
        switch json {
        case .number(let seconds):
            nanoseconds = (seconds.double ?? .infinity) * 1e9
        case .string(let text):
            guard let parsed = DurationText.parse(text) else {
                throw .badRequest("keep_alive must be seconds or a duration such as \"5m\", not \"\(text)\"")
            }
            nanoseconds = parsed
        default:
            throw .badRequest("keep_alive must be a number or a string, not \(json.typeName)")
        }
        self = nanoseconds < 0 ? .forever : .nanoseconds(Int64(min(nanoseconds, 1e18)))
    }
}
