// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockConfiguration
internal import PaddockProxy

extension ConfigurationLoader {
    /// Loads the configuration, with what the gateway knows of the names of models and routes.
    ///
    /// - Parameters:
    ///   - flags: The values given on the command line, by flag with its dashes; several only for lists.
    ///   - environment: The environment variables; empty ones count as unset.
    ///   - file: The configuration file, or `nil` where there is none.
    /// - Returns: The configuration, and the source of each value.
    /// - Throws: The first bad value as one line.
    package static func load(
        flags: [String: [String]],
        environment: [String: String],
        file: ConfigurationFile?
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try self.load(
            flags: flags,
            environment: environment,
            file: file,
            inferenceRoutes: InferenceRoutes.paths,
            normalise: { ModelName($0)?.description }
        )
    }
}
