// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How many requests of one model may run and how many may wait.
package struct Limits: Hashable, Sendable {
    /// How many requests may be active at once on each backend; at least 1.
    package let parallel: Int
    /// How many requests may wait; at least 0.
    ///
    /// With 0 nothing ever waits.
    package let queue: Int

    /// Makes limits that were checked before: out of range is a programming error.
    ///
    /// - Parameters:
    ///   - parallel: At least 1.
    ///   - queue: At least 0.
    package init(parallel: Int, queue: Int) {
        precondition(parallel >= 1, "a parallel limit is at least 1")
        precondition(queue >= 0, "a queue limit is at least 0")
        self.parallel = parallel
        self.queue = queue
    }
}
