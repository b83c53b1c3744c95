// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase
internal import PaddockSystem

/// The clock of the cluster: it goes on while the machine sleeps, so that a member that wakes knows that its contact is old.
package enum ClusterClock {
    /// The time.
    package static var now: Instant {
        #if os(Linux)
        let clock = CLOCK_BOOTTIME
        #else
        // On macOS the monotonic clock goes on during sleep.
        let clock = CLOCK_MONOTONIC
        #endif
        var time = timespec()
        clock_gettime(clock, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
