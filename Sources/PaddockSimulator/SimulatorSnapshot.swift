// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a simulator is doing at one instant.
package struct SimulatorSnapshot: Sendable, Equatable {
    /// One loaded model.
    package struct Model: Sendable, Equatable {
        /// Its slots (`OLLAMA_NUM_PARALLEL`).
        package let slots: Int
        /// Requests with a slot.
        package let active: Int
        /// The largest `active` since the model was loaded.
        package let peakActive: Int
        /// Requests that wait for a slot.
        package let waiting: Int
        /// Its context length in tokens.
        package let contextLength: Int
        /// Whether it is still loading.
        package let isLoading: Bool
    }

    /// The loaded (and loading) models by name without tag: `llama2`.
    package let models: [String: Model]
    /// Requests whose model is not loaded, or behind such a one.
    package let waitingForModels: Int
    /// Open connections.
    package let connections: Int
    /// Everything since the start.
    package let totals: SimulatorTotals
}
