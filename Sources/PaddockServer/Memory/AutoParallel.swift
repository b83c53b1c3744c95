// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The parallel limit that `auto` means.
package enum AutoParallel {
    /// The limit for some memory: 4 if 16 GiB are available, 2 if 8 GiB are, else 1; 1 without a reading, as one request at a
    /// time is always safe.
    ///
    /// - Parameter reading: the system's memory; nil if it cannot be read.
    /// - Returns: how many requests of one model may run at once on one backend.
    package static func limit(_ reading: MemoryReading?) -> Int {
        switch reading?.availableBytes ?? 0 {
        case (16 * .bytesOfGigabyte)...: 4
        case (8 * .bytesOfGigabyte)...: 2
        default: 1
        }
    }

    /// The limit and its reason, as printed at start: `auto: 4 by 18.5 GiB available`.
    ///
    /// - Parameter reading: the system's memory; nil if it cannot be read.
    /// - Returns: One line without a line break.
    package static func explanation(_ reading: MemoryReading?) -> String {
        let reason = reading.map { "by \($0.availableBytes.gigabytes) GiB available" }
        return "auto: \(self.limit(reading)) \(reason ?? "as the available memory is not known")"
    }
}
