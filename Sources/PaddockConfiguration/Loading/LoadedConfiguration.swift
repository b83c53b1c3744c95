// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A configuration, and the source of each of its values.
package struct LoadedConfiguration: Equatable, Sendable {
    /// The values in effect.
    package let configuration: Configuration

    /// What was ignored, and why: one line each.
    package let warnings: [String]

    /// The source of each value that is not a default, by its name in `values`.
    let sources: Sources

    init(configuration: Configuration, warnings: [String], sources: Sources) {
        self.configuration = configuration
        self.warnings = warnings
        self.sources = sources
    }
}

extension LoadedConfiguration {
    /// One effective value, for a listing.
    package struct Value: Equatable, Sendable {
        /// The key, such as `port`, or for a limit of one model `models.llama2.queue_limit`.
        package let name: String
        /// The value as it could be written in a file; `(set)` for a secret, `(not set)` if there is none.
        package let value: String
        /// Its source.
        package let source: ConfigurationSource
    }

    /// Every effective value with its source, in the order of the table of settings; models in the order of the file.
    package var values: [Value] {
        Setting.all.flatMap { setting in
            let text = setting.field.show(self.configuration)?.joined(separator: " ") ?? "(not set)"
            return [self.value(setting.key, text)]
                + setting.field.details(self.configuration).map { self.value("\(setting.key).\($0.name)", $0.text) }
        }
    }

    /// The source of the value of a key: the highest that named it.
    package func source(of key: String) -> ConfigurationSource { self.sources[key] ?? .standard }

    private func value(_ name: String, _ text: String) -> Value {
        Value(name: name.escaped(), value: text.escaped(maximum: .max), source: self.source(of: name))
    }
}
