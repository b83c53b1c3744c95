// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a text as the value of a key, without its source.
struct InvalidValue: Error, Equatable {
    /// What would be right if a file cannot be read, to follow "give".
    static let wantedFile = "the name of a readable file"

    /// What is wrong, such as `"many" is not a number`.
    let problem: String

    /// What would be right, if the wording of the kind does not fit.
    let wanted: String?

    init(_ problem: String, wanted: String? = nil) {
        self.problem = problem
        self.wanted = wanted
    }
}
