// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The last eight values of one kind, in the order in which they came. It takes no memory of its own.
struct LastEight: Sendable {
    /// How many are remembered; a power of two.
    static let capacity = 8

    /// A ring: the next value goes to `next`.
    private var values = SIMD8<Int64>(repeating: 0)
    private var next: UInt8 = 0
    private(set) var count = 0

    /// Adds a value; the oldest one goes if there are eight.
    mutating func insert(_ value: Int64) {
        self.values[Int(self.next)] = value
        self.next = (self.next &+ 1) & UInt8(Self.capacity - 1)
        self.count = min(self.count + 1, Self.capacity)
    }

    /// Puts another value in the place of the latest one that is equal to `old`; adds it if there is none.
    mutating func replace(_ old: Int64, with value: Int64) {
        for age in 0..<self.count where self.value(before: age) == old {
            self.values[(Int(self.next) + Self.capacity - 1 - age) & (Self.capacity - 1)] = value
            return
        }
        self.insert(value)
    }

    /// The value that came so many values before the latest one, 0 being the latest one; `nil` if there is none.
    func value(before latest: Int) -> Int64? {
        guard latest >= 0, latest < self.count else { return nil }
        return self.values[(Int(self.next) + Self.capacity - 1 - latest) & (Self.capacity - 1)]
    }

    /// The least value that a share of all is not above; `nil` if there are none.
    ///
    /// - Parameter percent: 1 to 100; 100 is the largest value.
    func quantile(_ percent: Int) -> Int64? {
        guard self.count > 0 else { return nil }
        let rank = max(1, (self.count * percent + 99) / 100)
        // The value that has fewer than `rank` smaller ones, and `rank` with its equals.
        for place in 0..<self.count {
            let value = self.values[place]
            var (smaller, equal) = (0, 0)
            for other in 0..<self.count {
                if self.values[other] < value { smaller += 1 } else if self.values[other] == value { equal += 1 }
            }
            if smaller < rank, rank <= smaller + equal { return value }
        }
        return nil
    }
}
