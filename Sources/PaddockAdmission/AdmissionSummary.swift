// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A reading of what can be told without a look at each model.
package struct AdmissionSummary: Hashable, Sendable {
    /// The limits of a model that nobody gave limits of its own.
    package let defaults: Limits
    /// What clients share fairly; `nil` if nothing tells clients apart.
    package let fairnessBy: ServiceUnit?
    /// How many models have an entry.
    package let modelCount: Int
    /// All backends, in the order of the configuration.
    package let backends: [BackendSnapshot]
    /// What is loaded on them, in the same order.
    package internal(set) var fleet: FleetSnapshot
    /// Whether Paddock is draining.
    package let isDraining: Bool
}
