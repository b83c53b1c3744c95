// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where the values of a configuration come from, in the words that follow a printed number.
package struct ValueOrigins: Equatable, Sendable {
    private var phrases: [String: String]

    /// - Parameter phrases: the origin of each value that is no default, by its name in listings. Defaults to none.
    package init(_ phrases: [String: String] = [:]) { self.phrases = phrases }

    /// The origin of a value: `default`, `by paddock.yaml:3`, `by --parallel`.
    ///
    /// - Parameter name: the name of the value in listings, such as `port` or `models.llama2.queue_limit`.
    package subscript(_ name: String) -> String {
        get { self.phrases[name] ?? ConfigurationSource.standard.phrase }
        set { self.phrases[name] = newValue }
    }
}

extension LoadedConfiguration {
    /// Where its values come from.
    package var origins: ValueOrigins { ValueOrigins(self.sources.mapValues(\.phrase)) }
}
