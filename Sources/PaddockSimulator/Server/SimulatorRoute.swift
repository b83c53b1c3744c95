// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What a method and a path mean.
enum SimulatorRoute: Equatable, Sendable {
    case inference(InferenceRoute)
    case root
    case version
    case tags
    case show
    case running
    case pull
    case delete
    case copy
    case hasBlob(digest: String)
    case createBlob(digest: String)
    case openAIModels
    case openAIModel(id: String)
    case stats
    case faults
    case setFaults

    /// What looking for a route finds.
    enum Match: Equatable {
        case route(SimulatorRoute)
        case notFound
        /// The path exists; these methods would be right.
        case wrongMethod(allowed: [HTTPMethod])
    }

    private static let table: [String: [(HTTPMethod, SimulatorRoute)]] = {
        var table: [String: [(HTTPMethod, SimulatorRoute)]] = [
            "/": [(.GET, .root), (.HEAD, .root)],
            "/api/version": [(.GET, .version), (.HEAD, .version)],
            "/api/tags": [(.GET, .tags), (.HEAD, .tags)],
            "/api/ps": [(.GET, .running)],
            "/api/show": [(.POST, .show)],
            "/api/pull": [(.POST, .pull)],
            "/api/delete": [(.DELETE, .delete)],
            "/api/copy": [(.POST, .copy)],
            "/v1/models": [(.GET, .openAIModels)],
            "/sim/stats": [(.GET, .stats)],
            "/sim/faults": [(.GET, .faults), (.POST, .setFaults)],
        ]
        for route in InferenceRoute.allCases {
            table[route.rawValue] = [(.POST, .inference(route))]
        }
        return table
    }()

    /// - Parameter target: As it came: path and query, or a whole URL.
    static func match(_ method: HTTPMethod, target: RequestTarget) -> Match {
        var entries = self.table[target.path] ?? []
        if let digest = target.lastComponent(after: "/api/blobs/") {
            entries = [(.HEAD, .hasBlob(digest: digest)), (.POST, .createBlob(digest: digest))]
        } else if let id = target.lastComponent(after: "/v1/models/") {
            entries = [(.GET, .openAIModel(id: id))]
        }
        if let entry = entries.first(where: { $0.0 == method }) { return .route(entry.1) }
        return entries.isEmpty ? .notFound : .wrongMethod(allowed: entries.map(\.0))
    }

    /// Whose shape errors on this path take.
    var dialect: Dialect {
        switch self {
        case .inference(let route): return route.dialect
        case .openAIModels, .openAIModel: return .openAI
        default: return .ollama
        }
    }

    /// Blobs can be whole models: they are thrown away as they come.
    var discardsBody: Bool {
        if case .createBlob = self { return true }
        return false
    }
}
