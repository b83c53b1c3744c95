// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
import PaddockBase
package import PaddockConfiguration
internal import PaddockProxy

/// The configuration of a running gateway, as far as a reload can replace it.
struct ServerSettings {
    /// The configuration that was loaded last.
    let configuration: Configuration
    /// The limits of models without limits of their own, with `auto` resolved.
    let limits: Limits
    /// Who is next.
    let policy: AdmissionPolicy
    /// The limits of single models.
    let models: [ModelName: LimitOverrides]

    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - backends: all backends by their index. Defaults to those of the configuration.
    ///   - auto: the parallel limit that `auto` means.
    init(_ configuration: Configuration, backends: [BackendURL]? = nil, auto: @autoclosure () -> Int) {
        self.configuration = configuration
        let parallel =
            switch configuration.parallelLimit {
            case .auto: auto()
            case .count(let count): count
            }
        self.limits = Limits(parallel: parallel, queue: configuration.queueLimit)
        self.policy = AdmissionPolicy(configuration, backends: backends)
        var models: [ModelName: LimitOverrides] = [:]
        for model in configuration.models {
            models[model.model] = LimitOverrides(parallel: model.parallelLimit, queue: model.queueLimit)
        }
        self.models = models
    }
}

extension AdmissionOptions {
    /// What the admission of a gateway begins with.
    init(_ settings: ServerSettings) {
        let backends = settings.configuration.backends
        self.init(limits: settings.limits, backendCount: backends.count)
        self.policy = settings.policy
        self.models = settings.models
        self.quotas = settings.configuration.quotas
        self.clockOffset = Instant.offsetSince1970()
        for (index, backend) in backends.enumerated() {
            self.backendSlots[BackendIndex(index)] = backend.slots
            self.weights[BackendIndex(index)] = backend.weight
            self.memory[BackendIndex(index)] = MemoryFit(
                memory: backend.memory.map { Int64($0) },
                maxLoaded: backend.maxLoaded
            )
        }
    }
}

extension Configuration {
    /// What its clients may use at most, by their names.
    var quotas: [String: Quota] {
        self.clients.reduce(into: [:]) { quotas, client in
            if !client.quota.isEmpty { quotas[client.name] = client.quota }
        }
    }
}

extension FileLimits {
    /// The part of a configuration that bounds the files of clients.
    init(_ configuration: Configuration) {
        self.init()
        self.total = configuration.batchFilesMax
        self.upload = configuration.batchFileBytes
        self.days = configuration.batchFileDays
    }
}

extension AdmissionPolicy {
    /// The part of a configuration that decides which request is next.
    ///
    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - backends: all backends by their index. Defaults to those of the configuration.
    package init(_ configuration: Configuration, backends: [BackendURL]? = nil) {
        self.init()
        self.isFair = configuration.isFair
        self.fairnessBy = configuration.fairnessBy
        self.batchShare = configuration.batchSharePercent / 100
        self.batchSlots = configuration.batchSlots
        self.fleet = FleetPolicy(configuration, backends ?? configuration.backends.map(\.url))
    }
}

extension FleetPolicy {
    /// The part of a configuration that decides how models share backends.
    fileprivate init(_ configuration: Configuration, _ urls: [BackendURL]) {
        self.init()
        let settings = configuration.fleet
        self.isOn = settings.swapping == .auto
        self.visit = settings.visit
        self.slack = settings.slack
        self.patience = settings.patiencePercent / 100
        self.unloads = settings.unloads
        self.spill = settings.spill
        self.learnsParallel = settings.learnsParallel
        self.wedgeAfter = Nanoseconds(settings.wedgeAfter).count
        self.cloudParallel = settings.cloudParallel
        for model in configuration.models {
            let backends: [BackendIndex]? =
                switch model.placement {
                case .anywhere: nil
                case .only(let only): urls.indices.filter { only.contains(urls[$0]) }.map { BackendIndex($0) }
                case .except(let except): urls.indices.filter { !except.contains(urls[$0]) }.map { BackendIndex($0) }
                }
            guard backends != nil || model.isPinned else { continue }
            self.placements[model.model] = PlacementRule(backends: backends, isPinned: model.isPinned)
        }
    }
}
