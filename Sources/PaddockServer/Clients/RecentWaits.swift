// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// How long the last requests of a client waited, as far as they ended within the last 300 seconds.
package struct RecentWaits: Sendable {
    /// How many are kept.
    private static let capacity = 64
    /// How long one counts, in nanoseconds.
    private static let age: Int64 = 300_000_000_000

    private var waits: [(ended: Int64, length: Int64)] = []
    private var next = 0

    /// None.
    package init() {}

    /// A request has ended that waited so long.
    package mutating func add(_ wait: Nanoseconds, at end: Instant) {
        let entry = (end.nanoseconds, wait.count)
        if self.waits.count < Self.capacity {
            self.waits.append(entry)
        } else {
            self.waits[self.next] = entry
            self.next = (self.next + 1) % Self.capacity
        }
    }

    /// What half of them and nine in ten are not longer than; nil without any.
    package func quantiles(now: Instant) -> (p50: Nanoseconds, p90: Nanoseconds)? {
        let lengths = self.waits.filter { now.nanoseconds - $0.ended <= Self.age }.map(\.length).sorted()
        guard !lengths.isEmpty else { return nil }
        func quantile(_ percent: Int) -> Nanoseconds { Nanoseconds(lengths[(lengths.count - 1) * percent / 100]) }
        return (quantile(50), quantile(90))
    }
}
