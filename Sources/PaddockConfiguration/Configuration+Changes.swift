// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Configuration {
    /// The keys whose values differ from another configuration's, in the order of the table of keys.
    ///
    /// Of a limit that stayed the same but came from another source nothing is said.
    package func changedKeys(since other: Configuration) -> [ConfigurationKey] {
        ConfigurationKey.allCases.filter { !self.hasEqual($0, other) }
    }

    private func hasEqual(_ key: ConfigurationKey, _ other: Configuration) -> Bool {
        switch key {
        case .host: self.host == other.host
        case .port: self.port == other.port
        case .backends: self.backends == other.backends
        case .parallelLimit: self.parallelLimit == other.parallelLimit
        case .queueLimit: self.queueLimit == other.queueLimit
        case .requestTimeout: self.requestTimeout == other.requestTimeout
        case .models: self.models == other.models
        case .maxBodyBytes: self.maxBodyBytes == other.maxBodyBytes
        case .maxQueuedBytes: self.maxQueuedBytes == other.maxQueuedBytes
        case .adminToken: self.adminToken == other.adminToken
        case .eventLoops: self.eventLoops == other.eventLoops
        case .clients: self.clients == other.clients
        case .requireKey: self.requiresKey == other.requiresKey
        case .openRoutes: self.openRoutes == other.openRoutes
        case .queuedRoutes: self.queuedRoutes == other.queuedRoutes
        case .protectModels: self.protectsModels == other.protectsModels
        case .corsOrigins: self.corsOrigins == other.corsOrigins
        case .trustedProxies: self.trustedProxies == other.trustedProxies
        case .identityHeaders: self.identityHeaders == other.identityHeaders
        case .forwarded: self.forwarded == other.forwarded
        case .fairness: self.isFair == other.isFair
        case .batchShare: self.batchSharePercent == other.batchSharePercent
        case .batchSlots: self.batchSlots == other.batchSlots
        case .queueKeepalive: self.queueKeepalive == other.queueKeepalive
        case .idleTimeout: self.idleTimeout == other.idleTimeout
        case .trace: self.trace == other.trace
        case .accessLog: self.accessLog == other.accessLog
        case .logLevel: self.logLevel == other.logLevel
        }
    }
}

extension ConfigurationKey {
    /// Whether a change counts only for a new process.
    package var needsRestart: Bool {
        switch self {
        case .host, .port, .backends, .eventLoops: true
        case .parallelLimit, .queueLimit, .requestTimeout, .models, .maxBodyBytes, .maxQueuedBytes, .adminToken: false
        case .accessLog, .logLevel: false
        case .clients, .requireKey, .trustedProxies, .identityHeaders, .forwarded: false
        case .openRoutes, .queuedRoutes, .protectModels, .corsOrigins: false
        case .fairness, .batchShare, .batchSlots, .queueKeepalive, .idleTimeout: false
        case .trace: true
        }
    }
}
