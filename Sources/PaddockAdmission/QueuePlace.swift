// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Where a request was at its arrival, in the queue that decides about it.
package struct QueuePlace: Hashable, Sendable {
    /// Its position, about; 0 if a slot was free, 1 if it was next.
    package let position: Int
    /// How long it was expected to wait; nil if it did not wait or there was too little to go by.
    package let estimatedWait: Nanoseconds?
    /// What it waited for; nil if a slot was free.
    package let reason: WaitReason.Kind?

    /// - Parameters:
    ///   - position: Its position.
    ///   - estimatedWait: How long it was expected to wait.
    ///   - reason: What it waited for.
    package init(position: Int, estimatedWait: Nanoseconds?, reason: WaitReason.Kind?) {
        (self.position, self.estimatedWait, self.reason) = (position, estimatedWait, reason)
    }

    /// A slot was free.
    package static let free = QueuePlace(position: 0, estimatedWait: nil, reason: nil)
}
