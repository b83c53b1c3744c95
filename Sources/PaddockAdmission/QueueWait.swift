// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a request would meet that came to the queue of a model now.
package struct QueueWait: Hashable, Sendable {
    /// How many requests wait.
    package let waiting: Int
    /// When a rejected request should come back: whole seconds, 1 to 60.
    package let retryAfter: Int

    /// - Parameters:
    ///   - waiting: How many requests wait.
    ///   - retryAfter: When a rejected request should come back, in seconds.
    package init(waiting: Int, retryAfter: Int) { (self.waiting, self.retryAfter) = (waiting, retryAfter) }
}
