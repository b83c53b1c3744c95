// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a request is answered without a slot, and when to come back.
package enum Rejection: Hashable, Sendable {
    /// No slot is free and the queue, or the memory for waiting bodies, is full.
    ///
    /// - Parameter retryAfter: Whole seconds, 1 to 60.
    case queueFull(retryAfter: Int)
    /// Paddock is draining.
    ///
    /// - Parameter retryAfter: Whole seconds, 1 to 60.
    case shuttingDown(retryAfter: Int)
    /// It cannot have its first byte before its deadline.
    ///
    /// - Parameter retryAfter: Whole seconds, 1 to 60.
    case wouldTimeOut(retryAfter: Int)
    /// An operator has cancelled it.
    case cancelledByAdmin

    /// When to come back: whole seconds, 1 to 60; `nil` where it should not.
    package var retryAfter: Int? {
        switch self {
        case .queueFull(let retryAfter), .shuttingDown(let retryAfter), .wouldTimeOut(let retryAfter): retryAfter
        case .cancelledByAdmin: nil
        }
    }
}
