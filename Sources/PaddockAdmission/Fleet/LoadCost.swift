// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a load costs on a backend: whether somebody is hurt, then the demand for what goes, in load times, then the requests that are
/// active. Of equals the backend is next on which a request started longest ago.
struct LoadCost: Comparable {
    let rank: Int
    var demand = 0.0
    let active: Double
    let lastStart: Int

    static func < (left: LoadCost, right: LoadCost) -> Bool {
        (left.rank, left.demand, left.active, left.lastStart)
            < (right.rank, right.demand, right.active, right.lastStart)
    }
}
