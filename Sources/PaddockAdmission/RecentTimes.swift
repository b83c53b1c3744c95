// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The last durations of one kind, and what is typical of them.
///
/// Quantiles and a trimmed mean, so that a few outliers change nothing; 64 values, so that it follows a model that gets faster
/// or slower, and takes 1 KiB.
struct RecentTimes: Sendable {
    /// How many are remembered; a power of two.
    static let capacity = 64
    /// The longest duration that is told from a longer one, in nanoseconds: four and a half years, so that no sum overflows.
    static let longest: Int64 = 1 << 57
    /// From how many on they are something to go by.
    static let leastCount = 8

    /// In the order in which they came, the next one to be replaced at `next`.
    private var ring: [Int64] = []
    private var sorted: [Int64] = []
    private var next = 0

    /// Whether each new value takes the place of another one.
    var isFull: Bool { self.ring.count == Self.capacity }

    /// Whether there is enough to go by.
    var isTelling: Bool { self.ring.count >= Self.leastCount }

    /// Enters a duration in nanoseconds; what is longer than ``longest`` counts as that.
    mutating func insert(_ nanoseconds: Int64) {
        let value = min(nanoseconds, Self.longest)
        var gap = self.ring.count
        if gap < Self.capacity {
            if self.ring.isEmpty {
                self.ring.reserveCapacity(Self.capacity)
                self.sorted.reserveCapacity(Self.capacity)
            }
            self.ring.append(value)
            self.sorted.append(.max)
        } else {
            gap = self.place(of: self.ring[self.next])
            self.ring[self.next] = value
        }
        self.next = (self.next &+ 1) & (Self.capacity - 1)
        let place = self.place(of: value)
        self.sorted.withUnsafeMutableBufferPointer { sorted in
            guard let first = sorted.baseAddress else { return }
            // What stands between the gap and the place of the value moves by one.
            if place > gap {
                (first + gap).update(from: first + gap + 1, count: place - 1 - gap)
                sorted[place - 1] = value
            } else {
                (first + place + 1).update(from: first + place, count: gap - place)
                sorted[place] = value
            }
        }
    }

    /// The duration in nanoseconds that a share of all is below; `nil` if there is too little to go by.
    ///
    /// - Parameter percent: 0 to 100.
    func quantile(_ percent: Int) -> Int64? {
        self.isTelling ? self.sorted[(self.sorted.count - 1) * percent / 100] : nil
    }

    /// As ``quantile(_:)``, of however few there are; `nil` if there are none.
    func quantileOfAny(_ percent: Int) -> Int64? {
        self.sorted.isEmpty ? nil : self.sorted[(self.sorted.count - 1) * percent / 100]
    }

    /// The mean in nanoseconds of the middle four fifths; `nil` if there is too little to go by.
    var trimmedMean: Int64? {
        guard self.isTelling else { return nil }
        let cut = max(1, self.sorted.count / 10)
        let middle = self.sorted[cut..<(self.sorted.count - cut)]
        return middle.reduce(0, &+) / Int64(middle.count)
    }

    /// How many of the sorted values are less.
    private func place(of value: Int64) -> Int {
        self.sorted.withUnsafeBufferPointer { sorted in
            // Without branches, as it is anybody's guess which way each would go.
            var first = 0
            var count = sorted.count
            while count > 1 {
                let half = count &>> 1
                first &+= sorted[first &+ half &- 1] < value ? half : 0
                count &-= half
            }
            return first &+ (sorted[first] < value ? 1 : 0)
        }
    }
}
