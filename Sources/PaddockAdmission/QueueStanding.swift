// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Where a request was in its queue when it left it without a slot.
package struct QueueStanding: Hashable, Sendable {
    /// How many requests would have started first, about.
    package let inFront: Int
    /// How long it takes on average until a slot is free; nil if there is too little to go by.
    package let pace: Nanoseconds?
    /// Whether only requests of one member of a cluster are counted, as nobody could tell of the others.
    package let isOwn: Bool

    /// - Parameters:
    ///   - inFront: How many requests would have started first.
    ///   - pace: How long it takes on average until a slot is free; nil if that is not known.
    ///   - isOwn: Whether only requests of one member of a cluster are counted. Defaults to `false`.
    package init(inFront: Int, pace: Nanoseconds?, isOwn: Bool = false) {
        (self.inFront, self.pace, self.isOwn) = (inFront, pace, isOwn)
    }
}
