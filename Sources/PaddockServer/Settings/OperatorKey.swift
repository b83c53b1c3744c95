// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase
package import PaddockConfiguration

/// What an operator can set at run time so that it stays: its name, and what the configuration says of it.
package enum OperatorKey: Hashable, Sendable {
    /// `models.NAME.parallel_limit`.
    case parallelLimit(ModelName)
    /// `models.NAME.queue_limit`.
    case queueLimit(ModelName)
    /// `backends.URL`: `open`, `draining` or `removed`.
    case backend(BackendURL)
    /// `log_level`.
    case logLevel

    /// - Parameter text: the name; nil if nothing has it.
    package init?(_ text: String) {
        if text == "log_level" {
            self = .logLevel
            return
        }
        if text.hasPrefix("backends.") {
            guard let url = try? BackendURL(String(text.dropFirst(9))) else { return nil }
            self = .backend(url)
            return
        }
        guard text.hasPrefix("models.") else { return nil }
        let limits: [(String, (ModelName) -> OperatorKey)] = [
            (".parallel_limit", Self.parallelLimit), (".queue_limit", Self.queueLimit),
        ]
        for (suffix, key) in limits where text.hasSuffix(suffix) {
            guard let model = ModelName(String(text.dropFirst(7).dropLast(suffix.utf8.count))) else { return nil }
            self = key(model)
            return
        }
        return nil
    }

    /// What a configuration says of it; a model without a limit of its own has `default`.
    func configured(in configuration: Configuration) -> String {
        switch self {
        case .parallelLimit(let model):
            Self.text(configuration.models.first { $0.model == model }?.parallelLimit)
        case .queueLimit(let model): Self.text(configuration.models.first { $0.model == model }?.queueLimit)
        case .backend(let url): configuration.backends.contains { $0.url == url } ? "open" : "removed"
        case .logLevel: configuration.logLevel.rawValue
        }
    }

    private static func text(_ limit: Int?) -> String { limit.map(String.init) ?? "default" }
}

extension OperatorKey: CustomStringConvertible {
    package var description: String {
        switch self {
        case .parallelLimit(let model): "models.\(model).parallel_limit"
        case .queueLimit(let model): "models.\(model).queue_limit"
        case .backend(let url): "backends.\(url)"
        case .logLevel: "log_level"
        }
    }
}
