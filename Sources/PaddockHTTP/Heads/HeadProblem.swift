// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why the bytes of a head or of its framing are not valid HTTP/1.1.
package enum HeadProblem: Error, Equatable, Sendable {
    /// The head is longer than `HeadScanner.maxHeadBytes` or has more than `MessageHead.maxFields` fields.
    case tooLarge
    /// The bytes break the grammar of RFC 9112; the text names the rule, for an error message.
    case malformed(StaticText)

    /// A message that is a literal of the program.
    package struct StaticText: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        package let description: String

        package init(stringLiteral value: StaticString) { self.description = value.description }
    }
}
