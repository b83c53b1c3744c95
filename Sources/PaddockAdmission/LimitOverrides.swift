// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the config says about one model: either limit, or none, may be given.
package struct LimitOverrides: Hashable, Sendable {
    /// What stands in place of ``Limits/parallel``, at least 1.
    ///
    /// Defaults to `nil`: unchanged.
    package let parallel: Int?
    /// What stands in place of ``Limits/queue``, at least 0.
    ///
    /// Defaults to `nil`: unchanged.
    package let queue: Int?

    /// Makes overrides that were checked before.
    ///
    /// - Parameters:
    ///   - parallel: At least 1, or `nil`.
    ///   - queue: At least 0, or `nil`.
    package init(parallel: Int? = nil, queue: Int? = nil) {
        self.parallel = parallel
        self.queue = queue
    }

    /// The given limits with these in their place.
    func applied(to limits: Limits) -> Limits {
        Limits(parallel: self.parallel ?? limits.parallel, queue: self.queue ?? limits.queue)
    }
}
