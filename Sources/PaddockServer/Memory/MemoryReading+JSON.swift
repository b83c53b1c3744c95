// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockJSON

extension MemoryReading {
    /// The reply to `GET /queue/memory` (contract section 6): sizes in GiB, and the settings for a machine of that size.
    var json: JSONText {
        let profile = MemoryProfile(totalBytes: self.totalBytes)
        return .object { json in
            json.member("total_gb", self.totalBytes.gigabytes)
            json.member("available_gb", self.availableBytes.gigabytes)
            json.member("used_gb", self.usedBytes.gigabytes)
            json.member("percent", self.usedPercent.rounded(decimals: 1))
            json.member("recommended_parallel", AutoParallel.limit(self))
            json.object("recommended") { json in
                json.member("profile", profile.rawValue)
                json.member("ollama_num_parallel", profile.limits.parallel)
                json.member("ollama_max_queue", profile.limits.queue)
            }
        }
    }
}
