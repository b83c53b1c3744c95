// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A reading of one backend.
package struct BackendSnapshot: Hashable, Sendable {
    /// Whether it answered when it was last tried; `true` until something else is known.
    package let isHealthy: Bool
    /// Requests that hold a slot on it, over all models.
    package let active: Int
    /// How many may, over all models; `nil` if that is left to the models' limits.
    package let slots: Int?
    /// Whether it gets requests.
    package var standing = BackendStanding.open

    /// Whether it is to be shown: not before it is open, nor when it was removed and nothing is active on it.
    package var isListed: Bool {
        switch self.standing {
        case .joining: false
        case .open, .draining: true
        case .removed: self.active > 0
        }
    }
}
