// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockConfiguration

/// What `auto` means on this machine.
package struct Resolved: Equatable, Sendable {
    /// The parallel limit of models without one of their own.
    package let parallel: Int
    /// The memory that it follows, if it is `auto`; nil if it cannot be read.
    package let memory: MemoryReading?
    /// How many event loops there are.
    package let eventLoops: Int
}

extension Resolved {
    /// Resolves a configuration.
    ///
    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - memory: the source of a memory reading. Defaults to the system.
    package init(_ configuration: Configuration, memory: MemorySource = SystemMemory.read) {
        let reading = memory()
        let settings = ServerSettings(configuration, auto: AutoParallel.limit(reading))
        self.init(
            parallel: settings.limits.parallel,
            memory: reading,
            eventLoops: PaddockServer.loopCount(configuration)
        )
    }

    /// How `auto` became the parallel limit: `auto: 4 by 18.5 GiB available`; nil if a number was given.
    package func parallelReason(_ configuration: Configuration) -> String? {
        configuration.parallelLimit == .auto ? AutoParallel.explanation(self.memory) : nil
    }

    /// How `auto` became the number of event loops; nil if a number was given.
    package func loopsReason(_ configuration: Configuration) -> String? {
        configuration.eventLoops == .auto ? "auto: one per core" : nil
    }
}
