// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A job as the ``BatchMachine`` gets it.
package struct BatchEntry: Sendable {
    /// Its id.
    package let id: String
    /// Its client.
    package let owner: String
    /// Its status, which is not final.
    package let status: BatchStatus
    /// When its window ends.
    package let expiresAt: Instant
    /// Whether its window ended before it was continued, and some of its requests became errors by that.
    package let hasExpired: Bool

    /// - Parameters:
    ///   - id: its id.
    ///   - owner: its client.
    ///   - status: its status. Defaults to a new job.
    ///   - expiresAt: when its window ends.
    ///   - hasExpired: whether requests have become errors as its window had ended. Defaults to false.
    package init(
        id: String,
        owner: String,
        status: BatchStatus = .validating,
        expiresAt: Instant,
        hasExpired: Bool = false
    ) {
        self.id = id
        self.owner = owner
        self.status = status
        self.expiresAt = expiresAt
        self.hasExpired = hasExpired
    }
}
