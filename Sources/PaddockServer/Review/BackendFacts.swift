// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase
package import PaddockConfiguration
internal import PaddockJSON

/// What is known of a backend against which a configuration can be checked.
package struct BackendFacts: Equatable, Sendable {
    /// Whether it answered.
    package var answers = false
    /// The models that it has; nil if that is not known.
    package var models: Set<ModelName>?
    /// How many requests of one model it runs at once.
    package var parallel = Parallel.unknown

    /// How many requests of one model a backend runs at once, and how that is known.
    package enum Parallel: Equatable, Sendable {
        case unknown
        /// Ollama's `OLLAMA_NUM_PARALLEL`, read from its environment; nil if it is not set, which means 1 to newer versions.
        case ollama(Int?)
        /// What llama-server answers to `/props`.
        case slots(Int)
    }

    /// Asks a backend for a path: the body of a reply with status 200, else nil.
    package typealias Question = @Sendable (_ path: String) async -> [UInt8]?

    /// Makes facts of a backend of which nothing is known.
    package init() {}

    /// Asks a backend which models it has, and how many requests it runs at once.
    package init(asking ask: Question) async {
        self.init(tags: await ask("/api/tags"))
        if self.models == nil { self.read(openAIModels: await ask("/v1/models")) }
        guard self.answers, let props = await ask("/props"), let slots = Self.json(props)?["total_slots"]?.integer
        else {
            return
        }
        if slots > 0 { self.parallel = .slots(slots) }
    }

    /// - Parameter tags: what it answered to `/api/tags`; nil if nothing.
    package init(tags: [UInt8]?) {
        guard let tags else { return }
        self.answers = true
        self.models = Self.json(tags)?["models"]?.array.map { list in
            Set(list.compactMap { ($0["name"] ?? $0["model"])?.string.flatMap(ModelName.init) })
        }
    }

    private mutating func read(openAIModels list: [UInt8]?) {
        guard let list else { return }
        self.answers = true
        self.models = Self.json(list)?["data"]?.array.map { list in
            Set(list.compactMap { $0["id"]?.string.flatMap(ModelName.init) })
        }
    }

    private static func json(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }
}

extension BackendFacts {
    /// Adds what the environment of an Ollama on this machine says.
    ///
    /// - Parameters:
    ///   - processes: those that run here.
    ///   - url: where the backend is.
    package mutating func add(_ processes: [OllamaProcess], at url: BackendURL) {
        guard url.isOnThisMachine, let process = processes.first(where: { $0.port == url.port }) else { return }
        self.parallel = .ollama(process.parallel)
    }
}

extension BackendURL {
    /// Whether it is on the loopback interface.
    fileprivate var isOnThisMachine: Bool {
        if self.host == "localhost" { return true }
        return IPAddress(self.host)?.isLoopback == true
    }
}
