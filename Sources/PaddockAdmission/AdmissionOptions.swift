// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What an admission begins with.
package struct AdmissionOptions: Sendable {
    /// The limits of models without limits of their own; `parallel` is per backend.
    package var limits: Limits
    /// Who is next. Defaults to the default policy.
    package var policy = AdmissionPolicy()
    /// What the config says about models; these keep their entry for ever. Defaults to nothing.
    package var models: [ModelName: LimitOverrides] = [:]
    /// What clients may use at most, by their names. Defaults to no limits.
    package var quotas: [String: Quota] = [:]
    /// What operators order of clients, by their names. Defaults to nothing.
    package var orders: [String: ClientOrder] = [:]
    /// What an instant lacks to be nanoseconds since 1970, for quotas of a day. Defaults to 0.
    package var clockOffset: Int64 = 0
    /// How many backends there are, at least 1; they are named by index, in the order of the config. Defaults to 1.
    package var backendCount = 1
    /// How many requests of all models may be active on a backend, by its index; at least 1. Defaults to none: that is left to the
    /// models' limits.
    package var backendSlots: [BackendIndex: Int] = [:]
    /// What fits on a backend, if that was said, by its index. Defaults to nothing said: it is learned.
    package var memory: [BackendIndex: MemoryFit] = [:]
    /// The part of a backend of the requests among equally good choices, by its index; above 0. Defaults to 1 for each.
    package var weights: [BackendIndex: Double] = [:]
    /// How many models that neither config nor operator named keep their entry while idle. Defaults to 1,000.
    package var unnamedModelLimit = 1_000

    /// - Parameters:
    ///   - limits: The limits of models without limits of their own.
    ///   - backendCount: How many backends there are. Defaults to 1.
    package init(limits: Limits, backendCount: Int = 1) {
        self.limits = limits
        self.backendCount = backendCount
    }

    /// How many slots a model has on all backends, if no other model holds any.
    package func slots(of model: ModelName) -> Int {
        let parallel = self.models[model]?.parallel ?? self.limits.parallel
        return BackendSlots(count: self.backendCount, bounds: self.backendSlots).slots { _ in parallel }
    }
}
