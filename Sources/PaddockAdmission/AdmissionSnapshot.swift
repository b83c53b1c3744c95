// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One consistent reading of everything the admission machine knows: what every own route renders.
package struct AdmissionSnapshot: Hashable, Sendable {
    /// The limits of a model that nobody gave limits of its own.
    package let defaults: Limits
    /// All models that have an entry, in the order of their names.
    package internal(set) var models: [ModelSnapshot]
    /// All backends, in the order of the configuration.
    package let backends: [BackendSnapshot]
    /// What was counted for models that had no name among the known ones: live ones that are not known come on top.
    package let unknown: Totals
    /// Whether Paddock is draining.
    package let isDraining: Bool

    /// The reading of one model, or `nil` where it has no entry.
    package func model(_ name: ModelName) -> ModelSnapshot? {
        self.models.first { $0.name == name }
    }
}
