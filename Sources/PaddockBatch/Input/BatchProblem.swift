// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why an input file is refused. The codes are those of OpenAI's API, if it has one for the same.
package struct BatchProblem: Error, Equatable, Sendable {
    /// The code that a program can act on.
    package var code: String
    /// What is wrong and what would be right.
    package var message: String
    /// The number of the line, from 1; nil if it concerns the whole file.
    package var line: Int?
    /// The field that is wrong, if it is one.
    package var param: String?

    /// - Parameters:
    ///   - code: the code that a program can act on.
    ///   - message: what is wrong and what would be right.
    ///   - line: the number of the line, from 1. Defaults to nil: the whole file.
    ///   - param: the field that is wrong. Defaults to nil: none.
    package init(_ code: String, _ message: String, line: Int? = nil, param: String? = nil) {
        self.code = code
        self.message = message
        self.line = line
        self.param = param
    }
}
