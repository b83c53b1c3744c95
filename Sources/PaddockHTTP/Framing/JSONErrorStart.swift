// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How an object in JSON begins that tells an error: `{"error":…` (Ollama, OpenAI) or `{"type":"error"` (Anthropic).
enum JSONErrorStart {
    /// Among so many first bytes it shows, with some blanks: 32.
    static let maxBytes = 32

    /// Whether bytes begin so. An error that is `null` is none.
    static func isPresent(in bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes.prefix(self.maxBytes)
        guard rest.take("{") else { return false }
        if rest.take("\"type\"") { return rest.take(":") && rest.take("\"error\"") }
        return rest.take("\"error\"") && rest.take(":") && rest.first != nil && !rest.take("null")
    }
}

extension ArraySlice<UInt8> {
    /// Takes a token of JSON from the beginning, with the blanks around it.
    fileprivate mutating func take(_ token: StaticString) -> Bool {
        let rest = self.drop { $0 <= .space }
        let length = token.utf8CodeUnitCount
        guard rest.count >= length, token.withUTF8Buffer({ rest.prefix(length).elementsEqual($0) }) else {
            return false
        }
        self = rest.dropFirst(length).drop { $0 <= .space }
        return true
    }
}
