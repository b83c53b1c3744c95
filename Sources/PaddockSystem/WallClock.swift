// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The time of day, in UTC.
package enum WallClock {
    /// Whole seconds since 1970.
    package static func secondsSince1970() -> Int { Int(self.read().tv_sec) }

    /// Nanoseconds since 1970.
    package static func nanosecondsSince1970() -> Int64 {
        let now = self.read()
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private static func read() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }
}
