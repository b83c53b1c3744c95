// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is said of a backend that joins while the gateway runs.
package struct BackendTraits: Sendable {
    /// How many requests of all models may be active on it, at least 1. Defaults to `nil`: that is left to the models' limits.
    package var slots: Int?
    /// What fits on it. Defaults to nothing said: it is learned.
    package var memory = MemoryFit()
    /// Its part of the requests among equally good choices; above 0. Defaults to 1.
    package var weight = 1.0

    package init() {}
}
