// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockStore

/// The block that is printed at start: the address, the backends, the limits and why (contract section 9).
package struct StartReport: Sendable {
    /// The URL that clients use.
    package let url: String
    /// The text, lines without a break at the end.
    package let text: String

    /// - Parameters:
    ///   - configuration: the configuration, with what operators have set in place of what it says.
    ///   - origins: where its values come from. Defaults to the defaults.
    ///   - addresses: what is listened on.
    ///   - backends: the backends, and whether each answers.
    ///   - resolved: what `auto` was resolved to.
    ///   - further: lines behind these. Defaults to none.
    init(
        configuration: Configuration,
        origins: ValueOrigins = ValueOrigins(),
        addresses: [SocketAddress],
        backends: [(url: String, answers: Bool)],
        resolved: Resolved,
        further: [String] = []
    ) {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        self.url = "http://\(host):\(addresses.first?.port ?? configuration.port)"
        let named = addresses.compactMap(\.ipAddress)
        let isName = named != [configuration.host] && !configuration.host.contains(":")
        let list = isName ? " (\(named.joined(separator: " and ")))" : ""
        var lines = ["Paddock \(PaddockVersion.text) listens on \(self.url)\(list)"]
        for (backend, declared) in zip(backends, configuration.backends) {
            let slots = declared.slots.map { slots in
                ", \(slots) slots for all models (\(origins["backends.\(declared.url).slots"]))"
            }
            let state = backend.answers ? "answers" : "does not answer yet"
            lines.append("  backend   \(backend.url) \(state)\(slots ?? "")")
        }
        let parallelOrigin = resolved.parallelReason(configuration) ?? origins["ollama_num_parallel"]
        lines.append("  parallel  \(resolved.parallel) at once per model and backend (\(parallelOrigin))")
        for model in configuration.models {
            let key = "models.\(model.model)"
            let texts = [
                model.parallelLimit.map { "parallel \($0) (\(origins["\(key).parallel_limit"]))" },
                model.queueLimit.map { "queue \($0) (\(origins["\(key).queue_limit"]))" },
                model.isPinned ? "pinned" : nil, Self.text(of: model.placement),
            ]
            lines.append("            \(model.model): " + texts.compactMap { $0 }.joined(separator: ", "))
        }
        lines.append("  queue     \(configuration.queueLimit) waiting per model (\(origins["ollama_max_queue"]))")
        let timeout = Nanoseconds(configuration.requestTimeout).secondsText
        lines.append("  timeout   \(timeout) s (\(origins["request_timeout"]))")
        if configuration.dashboard != .off { lines.append("  dashboard \(self.url)/dashboard") }
        lines.append("  admin     \(configuration.adminToken == nil ? "clients on this machine" : "with the token")")
        let loopsOrigin = resolved.loopsReason(configuration) ?? origins["event_loops"]
        lines.append("  loops     \(resolved.eventLoops) (\(loopsOrigin))")
        self.text = (lines + further).joined(separator: "\n")
    }

    /// The lines about what stays over restarts.
    ///
    /// - Parameters:
    ///   - place: where the store is; nil if there is none.
    ///   - settings: what operators set at run time.
    static func state(_ place: Store.Place?, _ settings: [OperatorSetting]) -> [String] {
        let places: [String] =
            switch place {
            case .folder(let path): ["  state     \(path)"]
            case .memory(let reason): ["  state     in memory, gone at the end: \(reason)"]
            case nil: []
            }
        return places
            + settings.map {
                "  set       \($0.stored.key): \($0.stored.value) (\($0.source); paddock unset takes it back)"
            }
    }

    private static func text(of placement: ModelPlacement) -> String? {
        switch placement {
        case .anywhere: nil
        case .only(let backends): "on " + backends.map(\.description).joined(separator: " and ")
        case .except(let backends): "not on " + backends.map(\.description).joined(separator: " or ")
        }
    }
}
