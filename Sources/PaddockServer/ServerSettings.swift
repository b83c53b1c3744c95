// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockConfiguration

extension Configuration {
    /// How many requests of all models may be active on a backend, by its index, for those that say so.
    var backendSlots: [Int: Int] {
        var slots: [Int: Int] = [:]
        for (index, backend) in self.backends.enumerated() { slots[index] = backend.slots }
        return slots
    }
}

/// What of a configuration a running gateway goes by, and can take over anew.
struct ServerSettings {
    /// The configuration that was loaded last.
    let configuration: Configuration
    /// The limits of models without limits of their own, `auto` worked out.
    let limits: Limits
    /// Who is next.
    let policy: AdmissionPolicy
    /// The limits of single models.
    let models: [ModelName: LimitOverrides]

    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - auto: the parallel limit that `auto` means.
    init(_ configuration: Configuration, auto: @autoclosure () -> Int) {
        self.configuration = configuration
        let parallel =
            switch configuration.parallelLimit {
            case .auto: auto()
            case .count(let count): count
            }
        self.limits = Limits(parallel: parallel, queue: configuration.queueLimit)
        self.policy = AdmissionPolicy(configuration)
        var models: [ModelName: LimitOverrides] = [:]
        for model in configuration.models {
            guard let name = ModelName(model.model) else { continue }
            models[name] = LimitOverrides(parallel: model.parallelLimit, queue: model.queueLimit)
        }
        self.models = models
    }
}
