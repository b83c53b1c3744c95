// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Where the runners of one model may be, and how long they take to load.
struct ModelPlacement {
    let name: ModelName
    /// Whether it runs in Ollama's cloud: it takes no memory of a backend, and is loaded nowhere.
    let isCloud: Bool
    /// Its runner without options, and those with options that were asked for of late.
    var runners: [RunnerIndex]
    /// Those of its requests that wait, over all runners.
    var waiting = ByClass(interactive: 0, batch: 0)
    /// How many of its requests may be active on one backend, as the operator says.
    private(set) var parallel: Int
    /// How many of its requests may wait.
    var queueLimit = 0
    /// Whether any of its requests may wait at all.
    var mayWait = true
    /// The backends that it may use; `nil` for all.
    private(set) var allowed: [BackendIndex]?
    /// Whether it is never a victim.
    private(set) var isPinned = false
    /// Whether no backend that it may run on is healthy, although others are. Then its requests go there all the same, and find out, as
    /// with one backend: they would wait for nothing, and whether it answers is no news for a probe alone.
    var isStranded = false
    /// How often Paddock had it loaded, and there was no room.
    var swaps = 0
    /// What a request is charged when it starts, in nanoseconds of slot time.
    var typical: Int64 = 1_000_000_000
    /// How many tokens a request uses, about; `nil` if none is known. Only kept while fairness goes by tokens.
    private(set) var typicalTokens: Double?
    /// What is known of it on each backend, by the index of the backend.
    var backends: [ModelOnBackend]

    init(name: ModelName, runner: RunnerIndex, parallel: Int, backendCount: Int) {
        self.name = name
        self.isCloud = name.isRemote
        self.runners = [runner]
        self.parallel = parallel
        self.backends = []
        self.backends.reserveCapacity(backendCount)
        for _ in 0..<backendCount { self.addBackend() }
    }

    /// Notes where it may be; `nil` for everywhere.
    mutating func apply(_ rule: PlacementRule?) {
        self.allowed = rule?.backends
        self.isPinned = rule?.isPinned ?? false
    }

    /// There is a backend more.
    mutating func addBackend() {
        let seed = UInt64(self.runners.first?.row ?? 0) << 16 | UInt64(self.backends.count)
        self.backends.append(ModelOnBackend(ceiling: self.parallel, seed: seed))
    }

    /// A request has used tokens.
    mutating func used(_ tokens: Double) {
        let typical = self.typicalTokens ?? tokens
        self.typicalTokens = typical + (tokens - typical) / 8
    }

    /// The operator has changed the limit, or has not.
    mutating func setParallel(_ limit: Int) {
        guard limit != self.parallel else { return }
        self.parallel = limit
        for backend in self.backends.indices { self.backends[backend].learner.reset(ceiling: limit) }
    }

    /// How many runners of a model are remembered while they are idle.
    static let maxRunners = 8

    /// All that wait.
    var waitingCount: Int { self.waiting.interactive + self.waiting.batch }
}
