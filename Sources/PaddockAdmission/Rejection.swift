// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Why a request is answered without a slot, and when to come back.
package enum Rejection: Hashable, Sendable {
    /// No slot is free and the queue, or the memory for waiting bodies, is full.
    ///
    /// - Parameters:
    ///   - waiting: How many requests wait for the model.
    ///   - retryAfter: Whole seconds, 1 to 60.
    case queueFull(waiting: Int, retryAfter: Int)
    /// Paddock is draining.
    ///
    /// - Parameter retryAfter: Whole seconds, 1 to 60.
    case shuttingDown(retryAfter: Int)
    /// It cannot have its first byte before its deadline.
    ///
    /// - Parameters:
    ///   - firstByte: How long its first byte would take from now on, by the estimate that it was rejected on.
    ///   - left: How long it is until its deadline; zero where that has come.
    ///   - retryAfter: Whole seconds, 1 to 60.
    case wouldTimeOut(firstByte: Nanoseconds, left: Nanoseconds, retryAfter: Int)
    /// Its client has used what it may.
    case overQuota(QuotaRefusal)
    /// All backends that its model may use are drained or removed.
    ///
    /// - Parameter retryAfter: Whole seconds, 1 to 60.
    case noBackend(retryAfter: Int)
    /// An operator has cancelled it.
    case cancelledByAdmin

    /// When to come back: whole seconds, 1 to 60, or up to a day for a quota; `nil` if it should not.
    package var retryAfter: Int? {
        switch self {
        case .queueFull(_, let retryAfter), .shuttingDown(let retryAfter), .wouldTimeOut(_, _, let retryAfter),
            .noBackend(let retryAfter):
            retryAfter
        case .overQuota(let refusal): refusal.retryAfter
        case .cancelledByAdmin: nil
        }
    }
}
