// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How several models and hosts are scheduled as one machine.
package struct FleetSettings: Equatable, Sendable {
    /// Who decides when a backend loads another model.
    package enum Swapping: String, CaseIterable, Sendable {
        /// Paddock, by visits, as soon as models have to take turns.
        case auto
        /// The backend: requests are sent in the order of fairness, whichever models are loaded.
        case off
    }

    /// Who decides when a backend loads another model.
    ///
    /// Defaults to `auto`.
    package var swapping = Swapping.auto

    /// The least length of the visits of all models that contend for a backend together, in load times, 1 to 100. They share it, and
    /// each has 1 to 3 load times.
    ///
    /// Defaults to 6.
    package var visit = 6.0

    /// How far a client may be ahead of one that waits for a swap, in load times of machine time, before it holds up the swap no
    /// longer, 0 to 1,000.
    ///
    /// Defaults to 8.
    package var slack = 8.0

    /// How long a model that has nothing to do is kept because its clients are likely to be back, in percent of a load time, 0 to 100.
    ///
    /// Defaults to 50.
    package var patiencePercent = 50.0

    /// Whether Paddock asks the backend to unload a model before it loads another one; if not the backend chooses which one to unload.
    ///
    /// Defaults to `true`.
    package var unloads = true

    /// How much longer than a load the queue of a loaded model must be, as a factor, before it is loaded on a second backend too, 0.1 to
    /// 100.
    ///
    /// Defaults to 1; `nil`: never.
    package var spill: Double? = 1

    /// Whether the parallel limit of a model on a backend is learned from its replies, below the configured one.
    ///
    /// Defaults to `true`.
    package var learnsParallel = true

    /// After how long without a first byte a load counts as stuck, unless four times its load time is more; 1 s to an hour.
    ///
    /// Defaults to a minute.
    package var wedgeAfter = Duration.seconds(60)

    /// How many requests to models of Ollama's cloud may be active at once, over all of them, 1 to 10,000.
    ///
    /// Defaults to 16.
    package var cloudParallel = 16

    /// Makes settings that hold the defaults.
    package init() {}
}
