// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A request of a live job.
package struct BatchRequestID: Hashable, Sendable {
    /// The id of the job.
    package let job: String
    /// Which request of its file, from 0.
    package let line: Int

    /// - Parameters:
    ///   - job: the id of the job.
    ///   - line: which request of its file, from 0.
    package init(job: String, line: Int) {
        self.job = job
        self.line = line
    }
}
