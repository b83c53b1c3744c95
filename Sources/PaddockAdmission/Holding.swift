// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a client holds of a queue: the least is the one that gives way first.
///
/// That is the most places for a weight, and of equals the one with the newest waiter.
struct Holding: Comparable, Sendable {
    /// The places for a weight of 1.
    var places: Double
    /// The number of the waiter that would give way.
    var newest: UInt64

    static func < (left: Holding, right: Holding) -> Bool {
        left.places != right.places ? left.places > right.places : left.newest > right.newest
    }
}
