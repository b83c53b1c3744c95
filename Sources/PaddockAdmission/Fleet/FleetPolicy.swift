// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// How models share backends that cannot hold all of them at once (contract section 20).
package struct FleetPolicy: Hashable, Sendable {
    /// Whether models are placed and swapped by what is loaded where.
    ///
    /// Defaults to `true`; `false` sends a request to the backend with the fewest active ones, whatever is loaded there.
    package var isOn = true
    /// The least length of a visit in load times, shared by the runners that contend; each gets 1 to 3. At least 1.
    ///
    /// Defaults to 6.
    package var visit = 6.0
    /// By how many load times of machine time a client may be ahead of those that wait for a swap and still hold a visit open.
    ///
    /// Defaults to 8; at least 0.
    package var slack = 8.0
    /// For which part of a load time an idle runner is kept, if its clients are likely to be back sooner.
    ///
    /// Defaults to 0.5; 0 to 1.
    package var patience = 0.5
    /// Whether a runner that has to go is unloaded in front of the load of another one.
    ///
    /// Defaults to `true`; `false` leaves the choice of the victim to Ollama.
    package var unloads = true
    /// How many load times the queue of a runner must be long for a second copy of it; `nil` for no copies.
    ///
    /// Defaults to 1.
    package var spill: Double? = 1.0
    /// Whether the limit of a model on a backend follows what the backend really serves at once, below the operator's limit.
    ///
    /// Defaults to `true`.
    package var learnsParallel = true
    /// Whether backends whose requests fail are avoided.
    ///
    /// Defaults to `true`.
    package var usesBreakers = true
    /// After how many nanoseconds without a first byte a load counts as stuck, unless four times the load time is more.
    ///
    /// Defaults to a minute; at least 1.
    package var wedgeAfter: Int64 = 60_000_000_000
    /// How many requests of models in Ollama's cloud may be active at once on all backends; at least 1.
    ///
    /// Defaults to 16.
    package var cloudParallel = 16

    /// Where models may be that may not be everywhere, or that are kept loaded. Defaults to none.
    package var placements: [ModelName: PlacementRule] = [:]

    /// Makes the default policy.
    package init() {}
}

/// Where a model may be.
package struct PlacementRule: Hashable, Sendable {
    /// The backends that it may use, at least one; `nil` for all.
    package var backends: [BackendIndex]?
    /// Whether it is kept loaded on one of them, and never gives way to another model.
    package var isPinned: Bool

    /// Makes a rule.
    package init(backends: [BackendIndex]? = nil, isPinned: Bool = false) {
        self.backends = backends
        self.isPinned = isPinned
    }
}
