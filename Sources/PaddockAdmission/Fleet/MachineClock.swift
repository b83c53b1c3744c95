// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The machine time of one backend: it advances by the time that passes, divided by the requests that are served.
///
/// What a request costs is the difference between its end and its start on this clock. For a lone model that is the time it held
/// its slot, divided by the slots that were in use; over several models it is the only unit in which a batch of four and a
/// single request cost what they take.
struct MachineClock {
    private var total = 0.0
    private var serving = 0
    private var updated: Instant

    init(now: Instant) {
        self.updated = now
    }

    /// The machine time so far, in nanoseconds.
    mutating func reading(at now: Instant) -> Double {
        let passed = now.nanoseconds &- self.updated.nanoseconds
        if passed > 0 {
            if self.serving > 0 { self.total += Double(passed) / Double(self.serving) }
            self.updated = now
        }
        return self.total
    }

    /// So many requests are served from now on.
    mutating func set(serving count: Int, now: Instant) {
        _ = self.reading(at: now)
        self.serving = count
    }
}
