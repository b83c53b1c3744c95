// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockBase
package import PaddockSockets

/// The values of `/metrics` at one instant (contract section 16).
package struct MetricsReport: Sendable {
    /// What the samples of one known model, or of all others together, are made of.
    struct ModelSeries: Sendable {
        /// None for the others.
        let labels: MetricLabels
        var active = 0
        var queued = 0
        var lifetime: Totals
        /// The model, if it is known.
        var known: ModelSnapshot?
    }

    /// What the samples of one backend are made of.
    struct Backend: Sendable {
        let labels: MetricLabels
        let index: BackendIndex
        let snapshot: BackendSnapshot
        let fleet: FleetBackendSnapshot
    }

    /// All others first.
    let models: [ModelSeries]
    let backends: [Backend]
    let fleet: FleetSnapshot
    let modelCount: Int
    let isDraining: Bool
    let memory: MemoryReading?
    let process: ProcessReading?
    let dashboardSubscribers: Int
    let turns: TurnLengths
    /// The store; nil if there is none.
    var store: UsageRecorder.Status?
    /// The batch jobs; nil if there is no folder for their files.
    var batches: BatchRunner.Status?
    /// Requests that should have been kept after their end and are not; nil if none are kept.
    var lostRequests: Int?
    /// What this member knows of its cluster; nil without one.
    var cluster: ClusterReading?
    /// Lines of the logs that were lost since the start; nil if that is not known.
    var lostLines: Int?

    /// - Parameters:
    ///   - admission: The queues and backends.
    ///   - backends: The URLs of the backends, in the same order.
    ///   - memory: The machine's memory; nil if the system reports nothing.
    ///   - process: The process; nil if the system reports nothing.
    ///   - dashboardSubscribers: How many clients follow the dashboard's events.
    ///   - turns: How long the turns of all event loops took.
    package init(
        admission: AdmissionSnapshot,
        backends: [String],
        memory: MemoryReading?,
        process: ProcessReading?,
        dashboardSubscribers: Int,
        turns: TurnLengths
    ) {
        self.models = Self.series(admission)
        let listed = admission.backends.indices.prefix(backends.count).filter { admission.backends[$0].isListed }
        self.backends = listed.map {
            Backend(
                labels: MetricLabels("backend", backends[$0]),
                index: BackendIndex($0),
                snapshot: admission.backends[$0],
                fleet: admission.fleet.backends[$0]
            )
        }
        self.fleet = admission.fleet
        self.modelCount = admission.models.count
        self.isDraining = admission.isDraining
        self.memory = memory
        self.process = process
        self.dashboardSubscribers = dashboardSubscribers
        self.turns = turns
    }

    /// In the Prometheus text format.
    package var text: String {
        var text = MetricsText()
        for metric in Metric.all { metric.write(self, to: &text) }
        return text.text
    }

    private static func series(_ admission: AdmissionSnapshot) -> [ModelSeries] {
        var others = ModelSeries(labels: .none, lifetime: admission.unknown)
        var known: [ModelSeries] = []
        for model in admission.models {
            if model.isKnown {
                known.append(
                    ModelSeries(
                        labels: MetricLabels("model", model.name.description),
                        active: model.active,
                        queued: model.queued,
                        lifetime: model.lifetime,
                        known: model
                    )
                )
            } else {
                others.active += model.active
                others.queued += model.queued
                others.lifetime = others.lifetime + model.lifetime
            }
        }
        return [others] + known
    }
}
