// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What JSON allows at a place that has something else; the text completes "expected …".
package enum JSONExpectation: String, Sendable, CustomStringConvertible {
    case object = "an object, which begins with {"
    case key = "a key in double quotes"
    case keyOrEnd = "a key in double quotes, or }"
    case colon = "a colon"
    case value = "a value"
    case valueOrEnd = "a value, or ]"
    case commaOrBrace = "a comma, or }"
    case commaOrBracket = "a comma, or ]"
    case text = "no control character (in a string they must be escaped)"
    case escape = "one of \" \\ / b f n r t u after the backslash"
    case hexadecimal = "a hexadecimal digit (\\u takes four)"
    case digit = "a digit"
    case literal = "the rest of true, false or null"

    package var description: String { self.rawValue }
}
