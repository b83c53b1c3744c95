// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The runners that wait for a load on a backend: whoever is loaded there has to answer to them.
struct Contest {
    /// The cold runners, in the order in which they would be loaded.
    let order: [RunnerIndex]
    /// The longest of their load times, in nanoseconds.
    let loadTime: Double
    /// The least service of the clients that wait for one of them.
    let floor: Double
    /// When the request arrived that has waited longest for one of them.
    let oldest: Instant
    /// How long a visit lasts at least, in load times: fewer if more contend.
    let visit: Double

    /// Whether nobody waits for a load.
    var isEmpty: Bool { self.order.isEmpty }

    /// How long a visit lasts at least, in nanoseconds.
    var leastVisit: Int64 { Int64(min(self.visit * self.loadTime, 1e18)) }
}
