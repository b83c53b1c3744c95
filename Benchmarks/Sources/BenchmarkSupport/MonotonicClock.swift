// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The types of <time.h> belong to the module that includes it first.
import CEpoll
import Glibc

/// The clock that the stub writes into its lines and that the load client compares them with.
package enum MonotonicClock {
    /// Nanoseconds of `CLOCK_MONOTONIC`: the same in every process of one machine.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
