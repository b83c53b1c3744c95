// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockSystem

/// Moments at random, so many per second on average: the gaps between them are exponentially distributed.
struct PoissonArrivals: Sendable {
    private let rate: Double
    private var random: SeededRandom
    private var last = 0.0

    /// - Parameters:
    ///   - rate: Moments per second, more than 0.
    ///   - seed: The same seed gives the same moments.
    init(rate: Double, seed: UInt64) {
        self.rate = rate
        self.random = SeededRandom(seed: seed)
    }

    /// The next moment, since the start.
    mutating func next() -> Duration {
        self.last -= log(1 - self.random.unit()) / self.rate
        return .seconds(self.last)
    }
}
