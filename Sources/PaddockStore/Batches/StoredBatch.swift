// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A batch job of a client. Times are in seconds since 1970.
package struct StoredBatch: Equatable, Sendable {
    /// Its id.
    package let id: String
    /// Whose it is: the name of a client.
    package let owner: String
    /// The route of its requests.
    package let endpoint: String
    /// The id of its input file.
    package let inputFile: String
    /// The time that it has, as its client wrote it.
    package let window: String
    /// When it was made.
    package let createdAt: Int
    /// When its window ends.
    package let expiresAt: Int
    /// What its client wrote beside it: a JSON object. Defaults to nil: nothing.
    package var metadata: String?
    /// Its status. Defaults to `validating`.
    package var status = "validating"
    /// The id of its output file. Defaults to nil: none has been made.
    package var outputFile: String?
    /// The id of its error file. Defaults to nil: none has been made.
    package var errorFile: String?
    /// What is wrong with its input file: a JSON array. Defaults to nil: nothing.
    package var errors: String?
    /// When it came to a status, by the status. Defaults to none but the first.
    package var times: [String: Int] = [:]
    /// How many requests it has, 0 until its input file is read.
    package var total = 0
    /// How many were in its output file when it ended.
    package var completed = 0
    /// How many were in its error file when it ended.
    package var failed = 0

    /// - Parameters:
    ///   - id: its id.
    ///   - owner: whose it is.
    ///   - endpoint: the route of its requests.
    ///   - inputFile: the id of its input file.
    ///   - window: the time that it has, as its client wrote it.
    ///   - time: when it was made, and when its window ends.
    package init(
        id: String,
        owner: String,
        endpoint: String,
        inputFile: String,
        window: String,
        time: Range<Int>
    ) {
        self.id = id
        self.owner = owner
        self.endpoint = endpoint
        self.inputFile = inputFile
        self.window = window
        self.createdAt = time.lowerBound
        self.expiresAt = time.upperBound
    }
}
