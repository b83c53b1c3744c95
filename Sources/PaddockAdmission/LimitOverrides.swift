// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the config, or an operator, says about one model: either limit, or none, may be given.
package struct LimitOverrides: Hashable, Sendable {
    /// What holds in place of ``Limits/parallel``, at least 1.
    ///
    /// Defaults to `nil`: unchanged.
    package let parallel: Int?
    /// What holds in place of ``Limits/queue``, at least 0.
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

    /// Whether neither limit is given.
    var isEmpty: Bool { self.parallel == nil && self.queue == nil }

    /// These, and where they give nothing, others.
    func orElse(_ others: LimitOverrides) -> LimitOverrides {
        LimitOverrides(parallel: self.parallel ?? others.parallel, queue: self.queue ?? others.queue)
    }

    /// Of these, those whose counterparts did not change.
    func kept(from old: LimitOverrides, to new: LimitOverrides) -> LimitOverrides {
        LimitOverrides(
            parallel: old.parallel == new.parallel ? self.parallel : nil,
            queue: old.queue == new.queue ? self.queue : nil
        )
    }

    /// The given limits with these in their place.
    func applied(to limits: Limits) -> Limits {
        Limits(parallel: self.parallel ?? limits.parallel, queue: self.queue ?? limits.queue)
    }
}
