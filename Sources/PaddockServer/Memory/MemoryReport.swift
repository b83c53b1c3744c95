// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The reply of `/queue/memory`: a reading, what `auto` makes of it and what is recommended.
///
/// `Key` is the only place that names the reply's fields; numbers are rounded to one decimal.
package struct MemoryReport: Equatable, Sendable {
    /// All memory, in GB of 2^30 bytes.
    package let totalGigabytes: Double
    /// What is available, in GB.
    package let availableGigabytes: Double
    /// What is used, in GB.
    package let usedGigabytes: Double
    /// How much of the total is used, in percent.
    package let percent: Double
    /// The parallel limit that `auto` would be now.
    package let recommendedParallel: Int
    /// The recommended settings for a machine of this size.
    package let recommended: Recommended

    /// Makes the report of a reading.
    ///
    /// - Parameter reading: The system's memory.
    package init(_ reading: MemoryReading) {
        self.totalGigabytes = Self.gigabytes(reading.totalBytes)
        self.availableGigabytes = Self.gigabytes(reading.availableBytes)
        self.usedGigabytes = Self.gigabytes(reading.usedBytes)
        self.percent = Self.rounded(reading.usedPercent)
        self.recommendedParallel = AutoParallel.limit(reading)
        self.recommended = Recommended(MemoryProfile(totalBytes: reading.totalBytes))
    }

    /// Bytes as GB, rounded to one decimal.
    ///
    /// - Parameter bytes: A number of bytes.
    /// - Returns: The same in units of 2^30 bytes.
    package static func gigabytes(_ bytes: UInt64) -> Double {
        self.rounded(Double(bytes) / Double(UInt64.bytesOfGigabyte))
    }

    private static func rounded(_ value: Double) -> Double {
        (value * 10).rounded() / 10
    }
}

extension MemoryReport {
    /// The recommended settings of a profile.
    package struct Recommended: Equatable, Sendable {
        /// The profile's name.
        package let profile: String
        /// The recommended parallel limit.
        package let parallelLimit: Int
        /// The recommended queue limit.
        package let queueLimit: Int

        init(_ profile: MemoryProfile) {
            self.profile = profile.rawValue
            self.parallelLimit = profile.parallelLimit
            self.queueLimit = profile.queueLimit
        }
    }
}

extension MemoryReport {
    /// The keys of the reply.
    package enum Key: String, CaseIterable {
        /// All memory.
        case totalGigabytes = "total_gb"
        /// What is available.
        case availableGigabytes = "available_gb"
        /// What is used.
        case usedGigabytes = "used_gb"
        /// What is used, in percent.
        case percent
        /// What `auto` would be now.
        case recommendedParallel = "recommended_parallel"
        /// The recommended settings.
        case recommended
    }
}

extension MemoryReport.Recommended {
    /// The keys of the recommended settings.
    package enum Key: String, CaseIterable {
        /// The profile's name.
        case profile
        /// The recommended parallel limit.
        case parallelLimit = "ollama_num_parallel"
        /// The recommended queue limit.
        case queueLimit = "ollama_max_queue"
    }
}
