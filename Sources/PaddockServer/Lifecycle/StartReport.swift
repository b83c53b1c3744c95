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

    init(
        configuration: Configuration,
        addresses: [SocketAddress],
        backends: [(url: String, answers: Bool)],
        parallel: (limit: Int, memory: MemoryReading?),
        eventLoops: Int,
        state: [String] = []
    ) {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        self.url = "http://\(host):\(addresses.first?.port ?? configuration.port)"
        let reason = configuration.parallelLimit == .auto ? " (\(AutoParallel.explanation(parallel.memory)))" : ""
        let named = addresses.compactMap(\.ipAddress)
        let isName = named != [configuration.host] && !configuration.host.contains(":")
        let list = isName ? " (\(named.joined(separator: " and ")))" : ""
        var lines = ["Paddock \(PaddockVersion.text) listens on \(self.url)\(list)"]
        for (backend, declared) in zip(backends, configuration.backends) {
            let slots = declared.slots.map { ", \($0) slots for all models" } ?? ""
            lines.append("  backend   \(backend.url) \(backend.answers ? "answers" : "does not answer yet")\(slots)")
        }
        lines.append("  parallel  \(parallel.limit) at once per model and backend\(reason)")
        for model in configuration.models {
            let texts = [
                model.parallelLimit.map { "parallel \($0)" }, model.queueLimit.map { "queue \($0)" },
                model.isPinned ? "pinned" : nil, Self.text(of: model.placement),
            ]
            lines.append("            \(model.model): " + texts.compactMap { $0 }.joined(separator: ", "))
        }
        lines.append("  queue     \(configuration.queueLimit) waiting per model")
        lines.append("  timeout   \(Nanoseconds(configuration.requestTimeout).secondsText) s")
        lines.append("  admin     \(configuration.adminToken == nil ? "clients on this machine" : "with the token")")
        lines.append("  loops     \(eventLoops)")
        self.text = (lines + state).joined(separator: "\n")
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
