// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is known of a model on one backend.
struct ModelOnBackend {
    /// How long it takes to load.
    var loadTimes = LoadTimes()
    /// How many of its requests the backend really serves at once.
    var learner: ParallelLearner
    /// Whether its requests go well there.
    var breaker: Breaker

    /// Units of its active requests beyond one for each.
    var extraUnits = 0

    init(ceiling: Int, seed: UInt64) {
        self.learner = ParallelLearner(ceiling: ceiling)
        self.breaker = Breaker(seed: seed)
    }
}
