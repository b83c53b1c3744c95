// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
package import PaddockConfiguration
package import PaddockStore

/// A setting of an operator that holds: its key, and what is kept of it.
package struct OperatorSetting: Equatable, Sendable {
    /// What is set.
    package var key: OperatorKey
    /// Its value, and when it was set.
    package var stored: StoredSetting

    /// Where the value comes from, for a listing.
    package var source: String { "set at run time on \(CivilTime(seconds: Int64(self.stored.setAt)).iso8601)Z" }

    /// Those of some settings that hold beside a configuration: what it says of them has not changed since.
    ///
    /// - Parameters:
    ///   - stored: the settings.
    ///   - configuration: the configuration, without them.
    package static func holding(_ stored: [StoredSetting], beside configuration: Configuration) -> [OperatorSetting] {
        stored.compactMap { setting in
            guard let key = OperatorKey(setting.key), key.configured(in: configuration) == setting.configured else {
                return nil
            }
            return OperatorSetting(key: key, stored: setting)
        }
    }
}

extension Configuration {
    /// The configuration with what operators set in place of what it says. A backend that is drained is among the backends.
    package func applying(_ settings: [OperatorSetting]) -> Configuration {
        var configuration = self
        for setting in settings { configuration.apply(setting.key, setting.stored.value) }
        // Somebody has to get requests.
        if configuration.backends.isEmpty { configuration.backends = self.backends }
        return configuration
    }

    private mutating func apply(_ key: OperatorKey, _ value: String) {
        switch key {
        // Orders, of which no configuration says anything.
        case .clientPaused, .clientCap: break
        case .logLevel: self.logLevel = LogLevel(rawValue: value) ?? self.logLevel
        case .parallelLimit(let model):
            guard let limit = Int(value), DeclaredModel.parallelRange.contains(limit) else { return }
            self.models[self.place(of: model)].parallelLimit = limit
        case .queueLimit(let model):
            guard let limit = Int(value), DeclaredModel.queueRange.contains(limit) else { return }
            self.models[self.place(of: model)].queueLimit = limit
        case .pinned(let model):
            guard let isPinned = Bool(value) else { return }
            self.models[self.place(of: model)].isPinned = isPinned
        case .backend(let url):
            if value == "removed" {
                self.backends.removeAll { $0.url == url }
            } else if !self.backends.contains(where: { $0.url == url }) {
                self.backends.append(DeclaredBackend(url))
            }
        }
    }

    private mutating func place(of model: ModelName) -> Int {
        if let index = self.models.firstIndex(where: { $0.model == model }) { return index }
        self.models.append(DeclaredModel(model: model))
        return self.models.count - 1
    }
}
