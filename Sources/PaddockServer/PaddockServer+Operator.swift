// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem
internal import Synchronization

extension PaddockServer {
    /// What an operator set is gone, so that what the configuration says holds again, or what is pinned has changed; at once.
    ///
    /// - Parameters:
    ///   - key: what was set.
    ///   - with: the configuration as it was.
    ///   - without: the configuration as it is.
    func changed(_ key: OperatorKey, with: Configuration, without: Configuration) async {
        switch key {
        case .pinned: break
        case .logLevel: self.log.level.level = without.logLevel
        case .clientPaused, .clientCap: return self.orders.reload()
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

    /// Operators have made, changed or revoked clients. Called on a queue of its own.
    func keysChanged() {
        let configuration = self.keys.merged(self.operatorSettings.configuration)
        self.settings.withLock { settings in
            let parallel = settings.limits.parallel
            settings = ServerSettings(configuration, backends: self.backends.all, auto: parallel)
        }
        self.applyClients(of: configuration)
    }

    /// Takes over the clients of a configuration and their quotas; and all else that a listener can take over at run time.
    func applyClients(of configuration: Configuration) {
        let admission = self.gateway.admission
        let quotas = configuration.quotas
        let new = quotas.filter {
            $0.value.tokensPerDay != nil
                && admission.quotaStanding(of: $0.key, now: .now())?.quota.tokensPerDay == nil
        }
        admission.setQuotas(quotas, now: .now())
        self.clients.declare(configuration.clients)
        self.listener.apply(configuration)
        guard !new.isEmpty, let usage = self.usage else { return }
        // What they have used today counts.
        DispatchQueue.global().async { try? usage.count(new, in: admission) }
    }

    /// Takes over the limits of a configuration that operators have changed, beside the clients that they made.
    private func take(_ configuration: Configuration) {
        let configuration = self.keys.merged(configuration)
        let new = self.settings.withLock { settings in
            let parallel = settings.limits.parallel
            settings = ServerSettings(configuration, backends: self.backends.all, auto: parallel)
            return settings
        }
        self.gateway.admission.reconfigure(limits: new.limits, policy: new.policy, models: new.models, now: .now())
    }
}

extension UsageRecorder {
    /// Counts in the quotas of a day what clients have used of them today.
    func count(_ quotas: [String: Quota], in admission: AdmissionController) throws(StoreError) {
        let today = WallClock.secondsSince1970() / 86_400
        for (name, quota) in quotas where quota.tokensPerDay != nil {
            admission.noteUsed(atLeast: try self.tokens(of: name, onDay: today), by: name, day: Int64(today))
        }
    }
}
