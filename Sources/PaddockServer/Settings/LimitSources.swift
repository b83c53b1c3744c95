// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockStore
internal import Synchronization

/// Where the limits of models come from, in the words of the block at the start (contract section 9), and which models are pinned.
struct LimitSources: Equatable, Sendable {
    /// What is said of one model.
    struct OfModel: Equatable, Sendable {
        /// Where its parallel limit comes from.
        var parallel: String
        /// Where its queue limit comes from.
        var queue: String
        /// Whether it is pinned.
        var isPinned = false
    }

    /// Of models without a limit of their own.
    var all = OfModel(parallel: "default", queue: "default")
    /// Of those of which something is said.
    var models: [ModelName: OfModel] = [:]

    /// What is said of a model.
    subscript(model: ModelName) -> OfModel { self.models[model] ?? self.all }
}

/// Knows where the limits come from: the configuration as it was loaded last, and what operators have set since.
package final class LimitOrigins: Sendable {
    private let settings: OperatorSettings
    private let loaded = Mutex<(origins: ValueOrigins, auto: String?)>((ValueOrigins(), nil))

    /// - Parameter settings: what operators have set, and the configuration.
    init(_ settings: OperatorSettings) { self.settings = settings }

    /// A configuration was loaded.
    ///
    /// - Parameters:
    ///   - origins: where its values come from.
    ///   - auto: how `auto` became the parallel limit; nil if a number was given.
    func update(_ origins: ValueOrigins, auto: String?) { self.loaded.withLock { $0 = (origins, auto) } }

    /// How `auto` became the parallel limit; nil if a number was given.
    var auto: String? { self.loaded.withLock { $0.auto } }

    /// The sources as of now.
    var sources: LimitSources {
        let (origins, auto) = self.loaded.withLock { $0 }
        let set = Dictionary(self.settings.all.map { ($0.stored.key, $0.source) }) { first, _ in first }
        func source(_ key: String) -> String { set[key] ?? origins[key].withoutFolder }
        var sources = LimitSources()
        sources.all.parallel = auto ?? source("ollama_num_parallel")
        sources.all.queue = source("ollama_max_queue")
        for model in self.settings.configuration.models {
            var own = sources.all
            if model.parallelLimit != nil { own.parallel = source("\(OperatorKey.parallelLimit(model.model))") }
            if model.queueLimit != nil { own.queue = source("\(OperatorKey.queueLimit(model.model))") }
            own.isPinned = model.isPinned
            sources.models[model.model] = own
        }
        return sources
    }
}

extension String {
    /// An origin without the folder of a file, which is nobody's business but the operator's.
    fileprivate var withoutFolder: String {
        guard let slash = self.lastIndex(of: "/"), let blank = self.firstIndex(of: " "), blank < slash else {
            return self
        }
        return "\(self[...blank])\(self[self.index(after: slash)...])"
    }
}
