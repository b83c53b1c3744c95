// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension OrderedJSON {
    /// What `GET /queue/memory` answers (contract section 6).
    package static func memory(_ report: MemoryReport) -> OrderedJSON {
        .object([
            ("total_gb", .number(report.totalGigabytes)),
            ("available_gb", .number(report.availableGigabytes)),
            ("used_gb", .number(report.usedGigabytes)),
            ("percent", .number(report.percent)),
            ("recommended_parallel", .integer(report.recommendedParallel)),
            (
                "recommended",
                .object([
                    ("profile", .string(report.recommended.profile)),
                    ("ollama_num_parallel", .integer(report.recommended.parallelLimit)),
                    ("ollama_max_queue", .integer(report.recommended.queueLimit)),
                ])
            ),
        ])
    }
}
