// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
import PaddockBase
package import PaddockConfiguration

extension ReplaySetting {
    /// The gateway that a configuration means.
    ///
    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - memory: where a reading comes from, for `auto`.
    package init(_ configuration: Configuration, memory: MemorySource = SystemMemory.read) {
        let settings = ServerSettings(configuration, auto: AutoParallel.limit(memory()))
        self.init(limits: settings.limits)
        self.policy = settings.policy
        self.models = settings.models
        self.backendCount = configuration.backends.count
        self.backendSlots = configuration.backendSlots
        self.timeout = configuration.requestTimeout
        for client in configuration.clients {
            self.clients[client.name] = DeclaredClient(
                weight: client.weight,
                ceiling: client.ceiling == .batch ? .batch : .interactive
            )
        }
    }
}
