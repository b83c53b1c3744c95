// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A gateway to replay requests through.
package struct ReplaySetting: Sendable {
    /// What a configuration says about a client.
    package struct DeclaredClient: Hashable, Sendable {
        /// Its weight.
        package var weight: Double
        /// Its class at best.
        package var ceiling: RequestClass

        /// Makes a client.
        package init(weight: Double, ceiling: RequestClass) {
            self.weight = weight
            self.ceiling = ceiling
        }
    }

    /// The limits of models without limits of their own; `parallel` is per backend.
    package var limits: Limits
    /// Who is next.
    package var policy = AdmissionPolicy()
    /// What differs for single models.
    ///
    /// Defaults to nothing.
    package var models: [ModelName: LimitOverrides] = [:]
    /// What differs from the trace for clients of these names.
    ///
    /// Defaults to nothing.
    package var clients: [String: DeclaredClient] = [:]
    /// How many backends there are; at least 1.
    ///
    /// Defaults to 1.
    package var backendCount = 1
    /// How many requests of all models may be active on a backend, by its index; at least 1.
    ///
    /// Defaults to none: that is left to the models' limits.
    package var backendSlots: [BackendIndex: Int] = [:]
    /// How long a request may take to begin its reply, unless its client waits less long.
    ///
    /// Defaults to `nil`: as long as it could when it was recorded.
    package var timeout: Duration?

    /// Makes a setting with the default policy.
    package init(limits: Limits) { self.limits = limits }

    /// How many slots a model has on all backends, if no other model holds any.
    func slots(of model: ModelName) -> Int {
        let parallel = self.models[model]?.parallel ?? self.limits.parallel
        return BackendSlots(count: self.backendCount, bounds: self.backendSlots).slots(limit: parallel)
    }
}
