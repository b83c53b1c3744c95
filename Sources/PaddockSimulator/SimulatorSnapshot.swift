// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a simulator is doing at one instant, and what it has done.
package struct SimulatorSnapshot: Sendable, Equatable {
    /// One model that is loaded, or has been asked for.
    package struct Model: Sendable, Equatable {
        /// Whether it is in memory.
        package enum State: String, Sendable {
            /// It is not in memory.
            case unloaded
            /// It is being loaded.
            case loading
            /// It is loaded.
            case loaded
            /// It is loaded, and goes as soon as it has no requests.
            case leaving
        }

        /// Its name without the usual tag: `llama2`.
        package let name: String
        /// Whether it is in memory.
        package let state: State
        /// Its slots (`OLLAMA_NUM_PARALLEL`), 0 if it is not in memory.
        package let slots: Int
        /// Slots in use.
        package let active: Int
        /// The largest `active` since the model was loaded.
        package let peakActive: Int
        /// What waits for a slot: requests, and inputs of embedding requests.
        package let waiting: Int
        /// Its context length in tokens, 0 if it is not in memory.
        package let contextLength: Int
        /// Bytes of memory that it takes.
        package let size: Int64
        /// What has happened to it.
        package let tally: ModelTally
    }

    /// By name.
    package let models: [Model]
    /// Requests whose model is not loaded, or behind such a one.
    package let waitingForModels: Int
    /// Whether the loader waits for ever (``VictimRule/wedging``).
    package let isWedged: Bool
    /// Open connections.
    package let connections: Int
    /// Everything since the start.
    package let totals: SimulatorTotals
}
