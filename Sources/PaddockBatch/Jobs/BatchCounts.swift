// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How many requests a job has, and how many of them have ended.
package struct BatchCounts: Equatable, Sendable {
    /// All of them; 0 until the input file has been read.
    package var total: Int
    /// Those whose replies are in the output file.
    package var completed: Int
    /// Those that are lines of the error file.
    package var failed: Int

    /// - Parameters:
    ///   - total: all of them. Defaults to 0.
    ///   - completed: those in the output file. Defaults to 0.
    ///   - failed: those in the error file. Defaults to 0.
    package init(total: Int = 0, completed: Int = 0, failed: Int = 0) {
        self.total = total
        self.completed = completed
        self.failed = failed
    }
}
