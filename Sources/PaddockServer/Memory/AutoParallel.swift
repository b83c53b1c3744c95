// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The parallel limit that `auto` means.
package enum AutoParallel {
    /// The limit for some available memory: 4 from 16 GB on, 2 from 8 GB on, else 1.
    ///
    /// - Parameter availableBytes: The memory that is available to this process.
    /// - Returns: How many requests of one model may run at once on one backend.
    package static func limit(availableBytes: UInt64) -> Int {
        switch availableBytes {
        case (16 * .bytesOfGigabyte)...: 4
        case (8 * .bytesOfGigabyte)...: 2
        default: 1
        }
    }

    /// The limit for a reading; 1 without one, since one request at a time is always safe.
    ///
    /// - Parameter reading: the system's memory; nil if it cannot be read.
    /// - Returns: How many requests of one model may run at once on one backend.
    package static func limit(_ reading: MemoryReading?) -> Int {
        reading.map { self.limit(availableBytes: $0.availableBytes) } ?? 1
    }

    /// The reason for the limit, as printed at start: `auto: 18.5 GB available → 4`.
    ///
    /// - Parameter reading: the system's memory; nil if it cannot be read.
    /// - Returns: One line without a line break.
    package static func explanation(_ reading: MemoryReading?) -> String {
        let available = reading.map { "\($0.availableBytes.gigabytes) GB available" }
        return "auto: \(available ?? "available memory unknown") → \(self.limit(reading))"
    }
}
