// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
package import PaddockConfiguration
package import PaddockReplay

extension ReplaySetting {
    /// The gateway that a configuration means.
    ///
    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - memory: where a reading comes from, for `auto`.
    package init(_ configuration: Configuration, memory: MemorySource = SystemMemory.read) {
        let settings = ServerSettings(configuration, auto: AutoParallel.limit(memory()))
        var options = AdmissionOptions(settings)
        // Days of quotas begin with the trace, whenever it is replayed.
        options.clockOffset = 0
        self.init(options)
        self.timeout = configuration.requestTimeout
        for client in configuration.clients {
            self.clients[client.name] = DeclaredClient(
                weight: client.weight,
                ceiling: client.ceiling == .batch ? .batch : .interactive
            )
        }
    }
}
