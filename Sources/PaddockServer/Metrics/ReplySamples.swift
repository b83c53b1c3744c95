// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// The samples of the metric about replies of backends (contract section 16).
enum ReplySamples {
    /// For each known model and all others together, for each listed backend, one for each class of status that was seen.
    static func all(_ report: MetricsReport) -> FleetSamples.Samples {
        report.models.flatMap { model in
            report.backends.flatMap { backend in
                let replies = model.lifetime.replies[backend.index]
                return ReplyCounts.StatusClass.allCases.filter { replies[$0] > 0 }.map {
                    (model.labels.and(backend.labels).and("class", $0.rawValue), String(replies[$0]))
                }
            }
        }
    }
}
