// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The last durations of one kind, and what is typical of them.
///
/// Quantiles and a trimmed mean, so that a few outliers change nothing; 64 values, so that it follows a model that gets faster
/// or slower, and takes 1 KiB.
struct RecentTimes: Sendable {
    /// How many are remembered.
    static let capacity = 64
    /// From how many on they are something to go by.
    static let leastCount = 8

    /// In the order in which they came, the next one to be replaced at `next`.
    private var ring: [Int64] = []
    private var sorted: [Int64] = []
    private var next = 0

    /// Whether there is enough to go by.
    var isTelling: Bool { self.ring.count >= Self.leastCount }

    /// Enters a duration in nanoseconds.
    mutating func insert(_ nanoseconds: Int64) {
        if self.ring.count < Self.capacity {
            if self.ring.isEmpty {
                self.ring.reserveCapacity(Self.capacity)
                self.sorted.reserveCapacity(Self.capacity)
            }
            self.ring.append(nanoseconds)
        } else {
            self.sorted.remove(at: self.place(of: self.ring[self.next]))
            self.ring[self.next] = nanoseconds
        }
        self.next = (self.next + 1) % Self.capacity
        self.sorted.insert(nanoseconds, at: self.place(of: nanoseconds))
    }

    /// The duration in nanoseconds that a share of all is below; `nil` where there is too little to go by.
    ///
    /// - Parameter percent: 0 to 100.
    func quantile(_ percent: Int) -> Int64? {
        self.isTelling ? self.sorted[(self.sorted.count - 1) * percent / 100] : nil
    }

    /// As ``quantile(_:)``, of however few there are; `nil` where there are none.
    func quantileOfAny(_ percent: Int) -> Int64? {
        self.sorted.isEmpty ? nil : self.sorted[(self.sorted.count - 1) * percent / 100]
    }

    /// The mean in nanoseconds of the middle four fifths; `nil` where there is too little to go by.
    var trimmedMean: Int64? {
        guard self.isTelling else { return nil }
        let cut = max(1, self.sorted.count / 10)
        let middle = self.sorted[cut..<(self.sorted.count - cut)]
        return Int64(middle.reduce(Int128(0)) { $0 + Int128($1) } / Int128(middle.count))
    }

    /// Where a value stands among the sorted ones, or would stand.
    private func place(of value: Int64) -> Int {
        var low = 0
        var high = self.sorted.count
        while low < high {
            let middle = (low + high) / 2
            if self.sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
