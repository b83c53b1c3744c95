// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockProxy
internal import Synchronization

extension PaddockServer {
    /// What an operator set is gone: what the configuration says holds again, at once.
    ///
    /// - Parameters:
    ///   - key: what was set.
    ///   - with: the configuration with it.
    ///   - without: the configuration without it.
    func unset(_ key: OperatorKey, with: Configuration, without: Configuration) async {
        switch key {
        case .logLevel: self.log.level.level = without.logLevel
        case .parallelLimit, .queueLimit:
            // A limit that an operator chose ends when that of the configuration changes, so that takes two steps of which the first
            // changes nothing else.
            for configuration in [with, without] { self.take(configuration) }
        case .backend(let url):
            if let declared = without.backends.first(where: { $0.url == url }) {
                _ = await self.roster.perform(.add(declared))
            } else {
                _ = await self.roster.perform(.remove(url))
            }
        }
        self.take(without)
    }

    /// Takes over the limits of a configuration.
    private func take(_ configuration: Configuration) {
        let new = self.settings.withLock { settings in
            let parallel = settings.limits.parallel
            settings = ServerSettings(configuration, backends: self.backends.all, auto: parallel)
            return settings
        }
        self.gateway.admission.reconfigure(limits: new.limits, policy: new.policy, models: new.models, now: .now())
    }
}
