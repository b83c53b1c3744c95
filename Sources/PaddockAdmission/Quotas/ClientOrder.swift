// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What an operator has ordered of a client at run time (contract section 25).
package struct ClientOrder: Hashable, Sendable {
    /// Whether none of its requests starts. Those that run go on.
    package var isPaused = false
    /// How many of its requests may hold a slot at once, over all models, at least 1, beside its quota; nil: no such limit.
    package var parallel: Int?

    /// Nothing.
    package init() {}

    /// Whether it says nothing.
    package var isEmpty: Bool { self == ClientOrder() }
}
