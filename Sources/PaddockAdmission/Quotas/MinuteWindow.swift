// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much was used in the last minute, in steps of a second.
struct MinuteWindow {
    /// One more than a minute has, so that what is forgotten is at least 60 seconds old.
    static let seconds = 61

    /// What was used in each second, by its number; empty before the first use.
    private var amounts: [Int] = []
    /// The last second that was looked at.
    private var second: Int64 = 0
    /// All of it.
    private(set) var sum = 0

    /// Forgets what is older than a minute.
    ///
    /// - Parameter second: The number of the second that it is. A clock that runs backward changes nothing.
    mutating func advance(to second: Int64) {
        guard second > self.second else { return }
        if self.sum > 0 {
            for old in self.second + 1...min(second, self.second + Int64(Self.seconds)) {
                let entry = Int(old % Int64(Self.seconds))
                self.sum -= self.amounts[entry]
                self.amounts[entry] = 0
            }
        }
        self.second = second
    }

    /// Something is used now.
    mutating func add(_ amount: Int) {
        guard amount > 0 else { return }
        if self.amounts.isEmpty { self.amounts = Array(repeating: 0, count: Self.seconds) }
        self.amounts[Int(self.second % Int64(Self.seconds))] += amount
        self.sum += amount
    }

    /// In how many seconds the sum is below a limit if nothing more is used: 0 if it is, else 1 to 61.
    func secondsUntil(below limit: Int) -> Int {
        var left = self.sum
        var seconds = 0
        while left >= limit, seconds < Self.seconds {
            seconds += 1
            // The oldest is the next one in the ring.
            left -= self.amounts[Int((self.second + Int64(seconds)) % Int64(Self.seconds))]
        }
        return seconds
    }
}
