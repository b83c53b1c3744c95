// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration

/// Loads a configuration from texts.
func load(
    _ yaml: String? = nil,
    environment: [String: String] = [:],
    flags: [String: [String]] = [:]
) throws(ConfigurationError) -> LoadedConfiguration {
    try ConfigurationLoader.load(
        flags: flags,
        environment: environment,
        file: yaml.map { ConfigurationFile(name: "paddock.yaml", bytes: Array($0.utf8)) },
        inferenceRoutes: ["/api/chat", "/rerank", "/v1/audio/speech"]
    )
}

/// The line of the error that a configuration is refused with, or `nil` if it is accepted.
func refusal(
    _ yaml: String? = nil,
    environment: [String: String] = [:],
    flags: [String: [String]] = [:]
) -> String? {
    do throws(ConfigurationError) {
        _ = try load(yaml, environment: environment, flags: flags)
        return nil
    } catch {
        return error.description
    }
}

/// The name of a model.
func model(_ name: String) -> ModelName {
    guard let model = ModelName(name) else { preconditionFailure("\(name) is no name of a model") }
    return model
}
