// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension OrderedJSON {
    /// What `GET /queue/memory` answers (contract section 6).
    package static func memory(_ report: MemoryReport) -> OrderedJSON {
        .object(
            MemoryReport.Key.allCases.map { key in
                let value: OrderedJSON =
                    switch key {
                    case .totalGigabytes: .number(report.totalGigabytes)
                    case .availableGigabytes: .number(report.availableGigabytes)
                    case .usedGigabytes: .number(report.usedGigabytes)
                    case .percent: .number(report.percent)
                    case .recommendedParallel: .integer(report.recommendedParallel)
                    case .recommended: .recommended(report.recommended)
                    }
                return (key.rawValue, value)
            }
        )
    }

    private static func recommended(_ recommended: MemoryReport.Recommended) -> OrderedJSON {
        .object(
            MemoryReport.Recommended.Key.allCases.map { key in
                let value: OrderedJSON =
                    switch key {
                    case .profile: .string(recommended.profile)
                    case .parallelLimit: .integer(recommended.parallelLimit)
                    case .queueLimit: .integer(recommended.queueLimit)
                    }
                return (key.rawValue, value)
            }
        )
    }
}
