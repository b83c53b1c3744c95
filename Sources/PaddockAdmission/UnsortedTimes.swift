// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The last durations of one kind that are entered for each request, but asked for only while requests wait.
///
/// They are sorted when somebody asks: as long as nobody does, a value costs no more than its store.
struct UnsortedTimes: Sendable {
    private var sorted = RecentTimes()
    /// Those that came since, the next one to be replaced at `next` once there are as many as are remembered.
    private var unsorted: [Int64] = []
    private var next = 0

    /// Enters a duration in nanoseconds.
    mutating func insert(_ nanoseconds: Int64) {
        if self.unsorted.count < RecentTimes.capacity {
            self.unsorted.append(nanoseconds)
        } else {
            self.unsorted[self.next] = nanoseconds
            self.next = (self.next &+ 1) & (RecentTimes.capacity - 1)
        }
    }

    /// As ``RecentTimes/quantile(_:)``.
    mutating func quantile(_ percent: Int) -> Int64? {
        if !self.unsorted.isEmpty {
            for value in self.unsorted[self.next...] { self.sorted.insert(value) }
            for value in self.unsorted[..<self.next] { self.sorted.insert(value) }
            self.unsorted.removeAll(keepingCapacity: true)
            self.next = 0
        }
        return self.sorted.quantile(percent)
    }
}
