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
    /// `models.NAME.pinned`: `true` or `false`.
    case pinned(ModelName)
    /// `backends.URL`: `open`, `draining` or `removed`.
    case backend(BackendURL)
    /// `log_level`.
    case logLevel
    /// `clients.NAME.paused`: `true`.
    case clientPaused(String)
    /// `clients.NAME.cap`: how many of its requests may run at once.
    case clientCap(String)

    /// What stands for a client that is not paused, and for one without a cap: no configuration says anything else.
    static let (notPaused, noCap) = ("false", "none")

    /// The most bytes of the name of a client.
    static let maxClientBytes = 256

    /// Whether a text can be the name of a client, also of one that nobody has seen: at most ``maxClientBytes`` printable characters.
    static func isClient(_ text: String) -> Bool {
        (1...Self.maxClientBytes).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            }
    }

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
        if text.hasPrefix("clients.") {
            let orders: [(String, (String) -> OperatorKey)] = [
                (".paused", Self.clientPaused), (".cap", Self.clientCap),
            ]
            for (suffix, key) in orders where text.hasSuffix(suffix) {
                let client = String(text.dropFirst(8).dropLast(suffix.utf8.count))
                guard Self.isClient(client) else { return nil }
                self = key(client)
                return
            }
            return nil
        }
        guard text.hasPrefix("models.") else { return nil }
        let keys: [(String, (ModelName) -> OperatorKey)] = [
            (".parallel_limit", Self.parallelLimit), (".queue_limit", Self.queueLimit), (".pinned", Self.pinned),
        ]
        for (suffix, key) in keys where text.hasSuffix(suffix) {
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
        case .pinned(let model): String(configuration.models.first { $0.model == model }?.isPinned ?? false)
        case .backend(let url): configuration.backends.contains { $0.url == url } ? "open" : "removed"
        case .logLevel: configuration.logLevel.rawValue
        case .clientPaused: Self.notPaused
        case .clientCap: Self.noCap
        }
    }

    private static func text(_ limit: Int?) -> String { limit.map(String.init) ?? "default" }
}

extension OperatorKey: CustomStringConvertible {
    package var description: String {
        switch self {
        case .parallelLimit(let model): "models.\(model).parallel_limit"
        case .queueLimit(let model): "models.\(model).queue_limit"
        case .pinned(let model): "models.\(model).pinned"
        case .backend(let url): "backends.\(url)"
        case .logLevel: "log_level"
        case .clientPaused(let client): "clients.\(client).paused"
        case .clientCap(let client): "clients.\(client).cap"
        }
    }
}
