// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much of a queue a client takes up: the least is the one that gives way first.
///
/// That is the client with the most waiters for its weight, and of equals the one with the newest waiter.
struct QueueShare: Comparable, Sendable {
    /// Its waiters for a weight of 1.
    var waiters: Double
    /// The number of the waiter that would give way.
    var newest: UInt64

    static func < (left: QueueShare, right: QueueShare) -> Bool {
        left.waiters != right.waiters ? left.waiters > right.waiters : left.newest > right.newest
    }
}
