// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How fast a model has been of late, and what follows for those that wait.
///
/// Plain numbers, worked out once for each request that completes: they are read far more often.
struct Pace: Sendable {
    /// What a request is charged when it starts, in nanoseconds of slot time; at least 1.
    ///
    /// A second for a model that nobody has measured yet.
    private(set) var typical: Int64 = 1_000_000_000
    /// How long a request holds its slot on average, outliers aside, in nanoseconds; `nil` if there is too little to go by.
    private(set) var mean: Int64?
    /// The time in nanoseconds that a quarter of the requests stay below; `nil` if there is too little to go by.
    private(set) var fast: Int64?

    /// The pace of a model that nobody has measured yet.
    init() {}

    /// The pace that follows from how long requests held their slots.
    init(_ processing: RecentTimes) {
        if let median = processing.quantile(50) { self.typical = max(1, median) }
        self.mean = processing.trimmedMean
        self.fast = processing.quantile(25)
    }

    /// When a waiter will start, from now, in nanoseconds: a fair guess.
    ///
    /// The slots free themselves one after the other: the first when half of what is left of an average active
    /// request is over, the others at the model's mean pace.
    ///
    /// - Parameters:
    ///   - position: Its position; 1 is next.
    ///   - slots: How many slots the model has; at least 1.
    ///   - elapsed: How long the active requests have been active on average.
    func estimatedWait(position: Int, slots: Int, elapsed: Double) -> Int64? {
        guard let mean = self.mean else { return nil }
        let rest = max(0, Double(mean) - elapsed)
        let wait = Double(position - 1) * Double(mean) / Double(slots) + 2 * rest / Double(slots + 1)
        return Int64(min(wait, 1e18))
    }

    /// When a newcomer that has to wait starts at the earliest, from now, in nanoseconds; `nil` if there is too little to go by.
    func leastWait(position: Int, slots: Int) -> Int64? {
        self.fast.map { Int64(min(Double(position - 1) * Double($0) / Double(slots), 1e18)) }
    }
}
