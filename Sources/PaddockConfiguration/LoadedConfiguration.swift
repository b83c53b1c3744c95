// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// A configuration, and where each of its values came from.
package struct LoadedConfiguration: Equatable, Sendable {
    /// The values in effect.
    package internal(set) var configuration = Configuration()

    /// What was ignored, and why: one line each.
    package internal(set) var warnings: [String] = []

    /// The source of each value that is not a default, by its name in `settings`.
    var sources: [String: ConfigurationSource] = [:]
}

extension LoadedConfiguration {
    /// One effective value, for a listing.
    package struct Setting: Equatable, Sendable {
        /// The key, such as `port`, or for a limit of one model `models.llama2.queue_limit`.
        package let name: String
        /// The value as it could stand in a file; `(set)` or `(not set)` for a secret.
        package let value: String
        /// Where it came from.
        package let source: ConfigurationSource
    }

    /// Every effective value with its source, in the order of the table of keys; models in the order of the file.
    package var settings: [Setting] {
        ConfigurationKey.allCases.flatMap { key in
            switch key {
            case .models: self.configuration.models.flatMap(self.settings(of:))
            case .backends:
                [self.setting(key.rawValue, self.text(of: key))]
                    + self.configuration.backends.flatMap(self.settings(of:))
            default: [self.setting(key.rawValue, self.text(of: key))]
            }
        }
    }

    /// Where the value of a key came from; for `models` the place of the map.
    ///
    /// - Parameter key: The key.
    /// - Returns: The highest source that named the key.
    package func source(of key: ConfigurationKey) -> ConfigurationSource {
        self.sources[key.rawValue] ?? .standard
    }

    private func settings(of backend: DeclaredBackend) -> [Setting] {
        BackendKey.allCases.compactMap { key in
            key.text(of: backend).map { self.setting(key.settingName(of: backend.url), $0) }
        }
    }

    private func settings(of limits: ModelLimits) -> [Setting] {
        ModelLimitKey.allCases.compactMap { key in
            limits[keyPath: key.limit].map { self.setting(key.settingName(of: limits.model), String($0)) }
        }
    }

    private func setting(_ name: String, _ value: String) -> Setting {
        Setting(name: name.escaped(), value: value.escaped(maximum: .max), source: self.sources[name] ?? .standard)
    }

    private func text(of key: ConfigurationKey) -> String {
        let configuration = self.configuration
        return switch key {
        case .host: configuration.host
        case .port: String(configuration.port)
        case .backends: configuration.backends.map(\.url.description).joined(separator: " ")
        case .parallelLimit: configuration.parallelLimit.description
        case .queueLimit: String(configuration.queueLimit)
        case .requestTimeout: DurationText.text(configuration.requestTimeout)
        case .models: configuration.models.map(\.model).joined(separator: " ")
        case .maxBodyBytes: String(configuration.maxBodyBytes)
        case .maxQueuedBytes: String(configuration.maxQueuedBytes)
        case .adminToken: configuration.adminToken?.description ?? "(not set)"
        case .eventLoops: configuration.eventLoops.description
        case .clients: configuration.clients.map(\.name).joined(separator: " ")
        case .requireKey: configuration.requiresKey ? "true" : "false"
        case .openRoutes: configuration.openRoutes.joined(separator: " ")
        case .queuedRoutes: configuration.queuedRoutes.map(\.description).joined(separator: " ")
        case .protectModels: configuration.protectsModels ? "true" : "false"
        case .corsOrigins: configuration.corsOrigins.joined(separator: " ")
        case .trustedProxies: configuration.trustedProxies.map(\.description).joined(separator: " ")
        case .identityHeaders: configuration.identityHeaders.joined(separator: " ")
        case .forwarded: configuration.forwarded.rawValue
        case .fairness: configuration.isFair ? "on" : "off"
        case .batchShare: configuration.batchSharePercent.percentText
        case .batchSlots: configuration.batchSlots.map(String.init) ?? "all"
        case .queueKeepalive: configuration.queueKeepalive.map(DurationText.text) ?? "off"
        case .idleTimeout: configuration.idleTimeout.map(DurationText.text) ?? "0"
        case .trace: configuration.trace ?? "(not set)"
        case .accessLog: configuration.accessLog.rawValue
        case .logLevel: configuration.logLevel.rawValue
        }
    }
}

extension Double {
    /// The number without a fraction where it has none, and a percent sign.
    fileprivate var percentText: String {
        (self == self.rounded() ? String(Int(self)) : String(self)) + "%"
    }
}
