// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The sources of values of the configuration, by their names in listings.
typealias Sources = [String: ConfigurationSource]

/// The source of a value of the configuration.
package enum ConfigurationSource: Equatable, Sendable {
    /// No source named the key.
    case standard
    /// A line of the configuration file, counted from 1.
    case file(name: String, line: Int)
    /// An environment variable.
    case variable(String)
    /// A flag of the command line, with its dashes.
    case flag(String)
}

extension ConfigurationSource {
    /// The line of the file, if it is a file.
    var line: Int? {
        guard case .file(_, let line) = self else { return nil }
        return line
    }
}

extension ConfigurationSource {
    /// The source behind a number that is printed: `default`, `by paddock.yaml:3`, `by REQUEST_TIMEOUT`, `by --port`.
    var phrase: String {
        switch self {
        case .standard: "default"
        case .file: "by \(self)"
        case .variable(let name), .flag(let name): "by \(name)"
        }
    }
}

extension ConfigurationSource: CustomStringConvertible {
    /// The source as messages and listings show it: `default`, `paddock.yaml:3`, `variable REQUEST_TIMEOUT`,
    /// `flag --port`.
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let name, let line): "\(name.escaped()):\(line)"
        case .variable(let name): "variable \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}
