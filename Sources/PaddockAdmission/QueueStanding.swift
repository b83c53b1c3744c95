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

    /// - Parameters:
    ///   - inFront: How many requests would have started first.
    ///   - pace: How long it takes on average until a slot is free; nil if that is not known.
    package init(inFront: Int, pace: Nanoseconds?) {
        self.inFront = inFront
        self.pace = pace
    }
}
