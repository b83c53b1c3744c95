// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Takes a reading of the memory, of the system or for a test; nil if the system does not report it.
///
/// It blocks, so it must not run on an event loop.
package typealias MemorySource = @Sendable () -> MemoryReading?

/// How much memory this process has and how much of it is still available, in bytes.
package struct MemoryReading: Equatable, Sendable {
    /// All memory: the smaller of the machine's and the smallest cgroup limit.
    package let totalBytes: UInt64

    /// What can still be used without swapping, never more than the total.
    package let availableBytes: UInt64

    /// Makes a reading.
    ///
    /// - Parameters:
    ///   - totalBytes: All memory.
    ///   - availableBytes: What can still be used; cut at the total.
    package init(totalBytes: UInt64, availableBytes: UInt64) {
        self.totalBytes = totalBytes
        self.availableBytes = min(availableBytes, totalBytes)
    }

    /// The total less what is available.
    package var usedBytes: UInt64 { self.totalBytes - self.availableBytes }

    /// How much of the total is used, 0 to 100; 0 if there is no memory at all.
    package var usedPercent: Double {
        self.totalBytes == 0 ? 0 : Double(self.usedBytes) / Double(self.totalBytes) * 100
    }
}

extension UInt64 {
    /// The bytes of 1 GiB. The fields of the API are called `…_gb`.
    package static let bytesOfGigabyte: UInt64 = 1 << 30

    /// Bytes in GiB, rounded to one decimal.
    package var gigabytes: Double { (Double(self) / Double(Self.bytesOfGigabyte)).rounded(decimals: 1) }
}
