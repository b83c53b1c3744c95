// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

extension MemoryReading {
    /// The reply to `GET /queue/memory` (contract section 6): GB of 2^30 bytes, and the settings for a machine of that size.
    var json: OrderedJSON {
        let profile = MemoryProfile(totalBytes: self.totalBytes)
        return .object([
            ("total_gb", .number(self.totalBytes.gigabytes)),
            ("available_gb", .number(self.availableBytes.gigabytes)),
            ("used_gb", .number(self.usedBytes.gigabytes)),
            ("percent", .number(self.usedPercent.rounded(decimals: 1))),
            ("recommended_parallel", .integer(AutoParallel.limit(self))),
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
