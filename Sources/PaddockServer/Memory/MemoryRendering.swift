// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

extension OrderedJSON {
    /// What `GET /queue/memory` answers (contract section 6): GB of 2^30 bytes, and what fits a machine of that size.
    package static func memory(_ reading: MemoryReading) -> OrderedJSON {
        let profile = MemoryProfile(totalBytes: reading.totalBytes)
        return .object([
            ("total_gb", .number(reading.totalBytes.gigabytes)),
            ("available_gb", .number(reading.availableBytes.gigabytes)),
            ("used_gb", .number(reading.usedBytes.gigabytes)),
            ("percent", .number(reading.usedPercent.rounded(decimals: 1))),
            ("recommended_parallel", .integer(AutoParallel.limit(reading))),
            (
                "recommended",
                .object([
                    ("profile", .string(profile.rawValue)),
                    ("ollama_num_parallel", .integer(profile.limits.parallel)),
                    ("ollama_max_queue", .integer(profile.limits.queue)),
                ])
            ),
        ])
    }
}
