// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How much each event loop had to do during the last second, known to all of them.
final class LoopLoads: Sendable {
    private let loads: Mutex<[Int]>

    init(count: Int) { self.loads = Mutex(Array(repeating: 0, count: count)) }

    /// Thousandths of a processor, by loop.
    var all: [Int] { self.loads.withLock { $0 } }

    func set(_ load: Int, of index: Int) { self.loads.withLock { $0[index] = load } }
}
