// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A reading of one backend.
package struct BackendSnapshot: Hashable, Sendable {
    /// Whether it answered when it was last tried; `true` until something else is known.
    package let isHealthy: Bool
    /// Requests that hold a slot on it, over all models.
    package let active: Int
    /// How many may, over all models; `nil` where that is left to the models' limits.
    package let slots: Int?
}
