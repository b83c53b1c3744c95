// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockAdmission
package import PaddockConfiguration
internal import PaddockProxy
internal import Synchronization

extension PaddockServer {
    /// Applies a reloaded configuration, all of it at once, except for the keys that need a restart.
    ///
    /// What was set through the admin API stays until the configuration's own value changes.
    ///
    /// - Parameters:
    ///   - loaded: the configuration, valid as a whole.
    ///   - origins: where its values come from. Defaults to the defaults.
    ///   - memory: the source of a memory reading, if `auto` is new.
    package func reload(
        _ loaded: Configuration,
        origins: ValueOrigins = ValueOrigins(),
        memory: MemorySource = SystemMemory.read
    ) {
        let configuration = self.keys.merged(self.operatorSettings.reloaded(loaded))
        let isAuto = configuration.parallelLimit == .auto
        let (old, new, auto) = self.settings.withLock { settings in
            let old = settings
            // `auto` is resolved once, and again only if the key changes to it.
            let wasAuto = old.configuration.parallelLimit == .auto
            let reading = isAuto && !wasAuto ? memory() : nil
            settings = ServerSettings(
                configuration,
                backends: self.backends.all,
                auto: wasAuto ? old.limits.parallel : AutoParallel.limit(reading)
            )
            return (old.configuration, settings, wasAuto ? self.limits.auto : AutoParallel.explanation(reading))
        }
        self.limits.update(origins, auto: isAuto ? auto : nil)
        self.gateway.admission.reconfigure(limits: new.limits, policy: new.policy, models: new.models, now: .now())
        self.applyClients(of: configuration)
        // The event loops have the new rules before they end a stream.
        if Self.changesAccess(old, configuration) {
            self.dashboard.restartFeeds()
            self.events.restartViewers()
        }
        self.log.access.configure(configuration)
        self.reopenTrace()
        self.usage?.keep(days: configuration.usageDays)
        self.files?.limits = FileLimits(configuration)
        self.batches?.setSlots(configuration.batchParallel)
        if configuration.backends != old.backends {
            Task {
                await self.roster.apply(configuration.backends, since: old.backends)
                // Whatever else has changed about them.
                for url in self.operatorSettings.drained { _ = await self.roster.perform(.drain(url)) }
            }
        }
        if configuration.logLevel != old.logLevel { self.log.level.level = configuration.logLevel }
        for warning in configuration.warnings where !old.warnings.contains(warning) {
            self.log.logger.warning("\(warning)")
        }
        self.logReload(configuration.changes(since: old))
    }

    private static func changesAccess(_ old: Configuration, _ new: Configuration) -> Bool {
        old.dashboard != new.dashboard || old.viewToken != new.viewToken || old.adminToken != new.adminToken
    }

    /// Applies the settings to backends that have come or gone: models may be bound to them.
    func backendsChanged() {
        let new = self.settings.withLock { settings in
            let parallel = settings.limits.parallel
            settings = ServerSettings(settings.configuration, backends: self.backends.all, auto: parallel)
            return settings
        }
        self.gateway.admission.reconfigure(limits: new.limits, policy: new.policy, models: new.models, now: .now())
    }

    /// Opens the trace again by its name: the file may have been moved.
    private func reopenTrace() {
        let logger = self.log.logger
        self.trace?.reopen { error in
            logger.error("cannot reopen the trace: writing continues in the old file", metadata: ["reason": "\(error)"])
        }
    }

    private func logReload(_ changed: [Setting]) {
        let held = changed.filter(\.needsRestart)
        let taken = changed.filter { !$0.needsRestart }
        if !held.isEmpty {
            self.log.logger.warning(
                "a restart is needed for some of the changes",
                metadata: ["keys": "\(Self.names(held))"]
            )
        }
        var event = GatewayEvent(.reloaded)
        event.after = taken.isEmpty ? "nothing" : Self.names(taken)
        event.reason = held.isEmpty ? nil : "a restart is needed for \(Self.names(held))"
        event.actor = .signal("SIGHUP")
        self.events.note(event)
    }

    private static func names(_ settings: [Setting]) -> String { settings.map(\.key).joined(separator: ", ") }

    /// Logs why a configuration was not applied.
    package func reloadFailed(_ error: ConfigurationError) {
        var event = GatewayEvent(.reloadFailed)
        event.reason = error.summary
        event.actor = .signal("SIGHUP")
        self.events.note(event)
    }
}
