// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
package import PaddockConfiguration

/// What an operator should know of a configuration that is valid: the list of `paddock check-config` and of the start (contract
/// section 18).
package struct ConfigurationReview: Equatable, Sendable {
    /// What is allowed, and probably not meant: one line each.
    package private(set) var warnings: [String]
    /// What could not be found out: one line each.
    package private(set) var notes: [String] = []

    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - parallel: the parallel limit of models without one of their own, with `auto` resolved.
    ///   - backends: what is known of its backends, in their order. Defaults to none: nothing was asked.
    package init(_ configuration: Configuration, parallel: Int, backends: [BackendFacts] = []) {
        self.warnings = configuration.warnings
        let backends = Array(zip(configuration.backends, backends))
        self.reviewModels(configuration.models, backends)
        for (backend, facts) in backends {
            let limits = configuration.models.filter { $0.placement.allows(backend.url) }.compactMap(\.parallelLimit)
            let limit = min(limits.reduce(parallel, max), backend.slots ?? .max)
            self.reviewLimit(limit, of: backend.url, facts.parallel)
        }
        let silent = backends.filter { !$0.1.answers }
        if !silent.isEmpty {
            self.notes.append("backends: \(Self.list(silent)) does not say which models it has; is it up?")
        }
        let unknown = backends.filter { $0.1.answers && $0.1.parallel == .unknown }
        if !unknown.isEmpty {
            self.notes.append(
                "ollama_num_parallel: how many requests \(Self.list(unknown)) runs at once is not known from here: give Ollama an"
                    + " OLLAMA_NUM_PARALLEL of at least Paddock's"
            )
        }
    }

    private static func list(_ backends: [(DeclaredBackend, BackendFacts)]) -> String {
        backends.map(\.0.url.description).joined(separator: " and ")
    }

    // MARK: - Models

    private mutating func reviewModels(_ models: [DeclaredModel], _ backends: [(DeclaredBackend, BackendFacts)]) {
        // Models of the cloud are used without being on a backend.
        for model in models where !model.model.isRemote {
            let allowed = backends.filter { model.placement.allows($0.0.url) }
            let known = allowed.compactMap(\.1.models)
            guard !known.isEmpty, known.count == allowed.count, !known.contains(where: { $0.contains(model.model) })
            else {
                continue
            }
            let names = known.reduce(into: Set<ModelName>()) { $0.formUnion($1) }.map(\.description).sorted()
            let nearest = NearestKey.find(model.model.description, among: names.map { ($0, $0) })
            self.warnings.append(
                "models.\(model.model): \(Self.list(allowed)) does not have this model: "
                    + (nearest.map { "did you mean \($0)?" } ?? "pull it, or leave it out")
            )
        }
    }

    // MARK: - Limits

    private mutating func reviewLimit(_ limit: Int, of url: BackendURL, _ parallel: BackendFacts.Parallel) {
        let (actual, reason, remedy): (Int, String, String)
        switch parallel {
        case .unknown: return
        case .ollama(nil):
            (actual, reason) = (1, "OLLAMA_NUM_PARALLEL is not set there, which means 1 to newer versions of Ollama")
            remedy = "give Ollama OLLAMA_NUM_PARALLEL=\(limit)"
        case .ollama(let count?):
            (actual, reason) = (count, "OLLAMA_NUM_PARALLEL is \(count) there")
            remedy = "give Ollama OLLAMA_NUM_PARALLEL=\(limit)"
        case .slots(let count):
            (actual, reason) = (count, "/props says so")
            remedy = "start llama-server with --parallel \(limit)"
        }
        guard actual < limit else { return }
        self.warnings.append(
            "ollama_num_parallel: Paddock sends \(url) up to \(limit) requests of a model at once, and it runs \(actual)"
                + " (\(reason)): the others wait inside it, where Paddock cannot order them: \(remedy), or set \(actual) here"
        )
    }
}
