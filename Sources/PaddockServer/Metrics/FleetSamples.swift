// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// The samples of the metrics about what is loaded where (contract section 16).
enum FleetSamples {
    typealias Samples = [(labels: MetricLabels, value: String)]

    /// For each backend that says what it has loaded, one for each of several names.
    static func each(
        _ label: String,
        of values: @escaping @Sendable (FleetBackendSnapshot) -> [(name: String, value: String)]
    ) -> @Sendable (MetricsReport) -> Samples {
        { report in
            report.backends.flatMap { backend in
                values(backend.fleet).map { (backend.labels.and(label, $0.name), $0.value) }
            }
        }
    }

    /// For each model that is loaded on a backend: a label of the model if it is known, as names from outside are not bounded.
    static func residents(_ report: MetricsReport) -> Samples {
        let known = self.known(report)
        return report.backends.flatMap { backend -> Samples in
            let fleet = backend.fleet
            var (samples, others) = (Samples(), 0)
            for resident in fleet.residents where resident.phase == .loaded {
                if let name = known[resident.name] {
                    samples.append((backend.labels.and(name), "1"))
                } else {
                    others += 1
                }
            }
            return (fleet.isObserved ? [(backend.labels, String(others))] : []) + samples
        }
    }

    /// For each known model that is loaded on a backend, the limit that was learned.
    static func learnedLimits(_ report: MetricsReport) -> Samples {
        let known = self.known(report)
        return report.backends.flatMap { backend -> Samples in
            backend.fleet.residents.compactMap { resident in
                guard let name = known[resident.name], let limit = resident.learnedLimit else { return nil }
                return (backend.labels.and(name), String(limit))
            }
        }
    }

    private static func known(_ report: MetricsReport) -> [ModelName: MetricLabels] {
        report.models.reduce(into: [:]) { labels, series in
            if let name = series.known?.name { labels[name] = series.labels }
        }
    }
}
