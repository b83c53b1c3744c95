// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockSockets

/// Everything that `/metrics` tells (contract section 16), of one instant.
package struct MetricsReport: Sendable {
    /// The queues and backends.
    package var admission: AdmissionSnapshot
    /// The URLs of the backends, in the same order.
    package var backends: [String]
    /// The memory that is available to the process; nil where the system tells nothing.
    package var memory: MemoryReading?
    /// The process; nil where the system tells nothing.
    package var process: ProcessReading?
    /// Clients that follow the dashboard's events.
    package var dashboardSubscribers: Int
    /// How long the turns of all event loops took.
    package var turns: TurnLengths

    /// - Parameters:
    ///   - admission: The statistics of the models.
    ///   - backends: The URLs of the backends.
    ///   - memory: The machine's memory; nil if the system tells nothing.
    ///   - process: The process; nil if the system tells nothing.
    ///   - dashboardSubscribers: Clients that follow the dashboard's events.
    ///   - turns: How long the turns of all event loops took.
    package init(
        admission: AdmissionSnapshot,
        backends: [String],
        memory: MemoryReading?,
        process: ProcessReading?,
        dashboardSubscribers: Int,
        turns: TurnLengths
    ) {
        self.admission = admission
        self.backends = backends
        self.memory = memory
        self.process = process
        self.dashboardSubscribers = dashboardSubscribers
        self.turns = turns
    }

    /// One line's worth of samples: a known model, or all others together, which have no label.
    private struct Row {
        let labels: MetricLabels
        var active: Int
        var queued: Int
        var lifetime: Totals
    }

    /// In the Prometheus text format.
    package var text: String {
        var text = MetricsText()
        let rows = self.rows
        self.write(counters: rows, &text)
        self.write(gauges: rows, &text)
        self.write(limits: self.admission.models.filter(\.isKnown), &text)
        Self.write("paddock_wait_seconds", "Time from arrival to the slot, of requests that got one.", rows, &text) {
            $0.wait
        }
        Self.write("paddock_first_byte_seconds", "Time from the slot to the first byte of the reply.", rows, &text) {
            $0.firstByte
        }
        Self.write(
            "paddock_processing_seconds",
            "Time with the slot, of requests that completed without an error.",
            rows,
            &text
        ) {
            $0.processing
        }
        self.writeBackends(&text)
        self.writeGateway(&text)
        self.process?.write(to: &text)
        return text.text
    }

    private var rows: [Row] {
        var others = Row(labels: .none, active: 0, queued: 0, lifetime: self.admission.unknown)
        var rows: [Row] = []
        for model in self.admission.models {
            if model.isKnown {
                let labels = MetricLabels("model", model.name.description)
                rows.append(Row(labels: labels, active: model.active, queued: model.queued, lifetime: model.lifetime))
            } else {
                others.active += model.active
                others.queued += model.queued
                others.lifetime = others.lifetime + model.lifetime
            }
        }
        return [others] + rows
    }

    private func write(counters rows: [Row], _ text: inout MetricsText) {
        text.begin("paddock_requests_total", .counter, "Requests that ended, by how they ended.")
        for row in rows {
            for (outcome, count) in Self.outcomes(row.lifetime) {
                text.sample("paddock_requests_total", row.labels.and("outcome", outcome), count)
            }
        }
        text.begin(
            "paddock_error_replies_total",
            .counter,
            "Completed requests that the backend answered with a status of 400 or above."
        )
        for row in rows { text.sample("paddock_error_replies_total", row.labels, row.lifetime.errorReplies) }
        text.begin("paddock_arrivals_total", .counter, "Requests that arrived at a queue.")
        for row in rows { text.sample("paddock_arrivals_total", row.labels, row.lifetime.requests) }
        text.begin("paddock_relayed_bytes_total", .counter, "Bytes of replies that were relayed, without framing.")
        for row in rows { text.sample("paddock_relayed_bytes_total", row.labels, row.lifetime.bytes) }
        text.begin(
            "paddock_relayed_chunks_total",
            .counter,
            "Chunks of streamed replies that were relayed: tokens, about."
        )
        for row in rows { text.sample("paddock_relayed_chunks_total", row.labels, row.lifetime.chunks) }
    }

    private static func outcomes(_ totals: Totals) -> [(StaticString, Int)] {
        [
            ("completed", totals.completed), ("rejected", totals.rejected), ("failed", totals.failed),
            ("timed_out", totals.timedOut), ("cancelled", totals.cancelled), ("would_time_out", totals.wouldTimeOut),
        ]
    }

    private func write(gauges rows: [Row], _ text: inout MetricsText) {
        text.begin("paddock_active_requests", .gauge, "Requests that hold a slot.")
        for row in rows { text.sample("paddock_active_requests", row.labels, row.active) }
        text.begin("paddock_queued_requests", .gauge, "Requests that wait for a slot.")
        for row in rows { text.sample("paddock_queued_requests", row.labels, row.queued) }
    }

    private func write(limits models: [ModelSnapshot], _ text: inout MetricsText) {
        let labels = models.map { MetricLabels("model", $0.name.description) }
        text.begin("paddock_parallel_limit", .gauge, "Requests that may be active at once on each backend.")
        for (model, labels) in zip(models, labels) {
            text.sample("paddock_parallel_limit", labels, model.limits.parallel)
        }
        text.begin("paddock_queue_limit", .gauge, "Requests that may wait.")
        for (model, labels) in zip(models, labels) { text.sample("paddock_queue_limit", labels, model.limits.queue) }
        text.begin("paddock_available_slots", .gauge, "Free slots on the healthy backends.")
        for (model, labels) in zip(models, labels) {
            text.sample("paddock_available_slots", labels, model.availableSlots)
        }
    }

    private static func write(
        _ name: String,
        _ help: String,
        _ rows: [Row],
        _ text: inout MetricsText,
        _ histogram: (Totals) -> Histogram
    ) {
        text.begin(name, .histogram, help)
        for row in rows { text.samples(name, row.labels, histogram(row.lifetime)) }
    }

    private func writeBackends(_ text: inout MetricsText) {
        let backends = zip(self.backends.map { MetricLabels("backend", $0) }, self.admission.backends)
        text.begin("paddock_backend_up", .gauge, "Whether a backend answered when it was last tried: 1 or 0.")
        for (labels, backend) in backends { text.sample("paddock_backend_up", labels, backend.isHealthy ? 1 : 0) }
        text.begin("paddock_backend_active_requests", .gauge, "Requests that hold a slot on a backend.")
        for (labels, backend) in backends { text.sample("paddock_backend_active_requests", labels, backend.active) }
        text.begin(
            "paddock_backend_slots",
            .gauge,
            "Requests of all models that may be active on a backend, if it says so."
        )
        for (labels, backend) in backends {
            if let slots = backend.slots { text.sample("paddock_backend_slots", labels, slots) }
        }
    }

    private func writeGateway(_ text: inout MetricsText) {
        text.begin("paddock_build_info", .gauge, "The version that runs; always 1.")
        text.sample("paddock_build_info", MetricLabels("version", PaddockVersion.text), 1)
        text.single(
            "paddock_draining",
            .gauge,
            "Whether Paddock is draining: 1 or 0.",
            self.admission.isDraining ? 1 : 0
        )
        text.single("paddock_models", .gauge, "Models that have a queue.", self.admission.models.count)
        text.single(
            "paddock_dashboard_subscribers",
            .gauge,
            "Pages that follow the dashboard's events.",
            self.dashboardSubscribers
        )
        text.begin("paddock_loop_turn_seconds", .histogram, "Time that event loops worked without looking for news.")
        text.samples("paddock_loop_turn_seconds", self.turns)
        guard let memory = self.memory else { return }
        text.single(
            "paddock_memory_total_bytes",
            .gauge,
            "Memory of the machine, or of the smallest cgroup around Paddock.",
            Int(clamping: memory.totalBytes)
        )
        text.single(
            "paddock_memory_available_bytes",
            .gauge,
            "Memory that is available to Paddock and to a backend beside it.",
            Int(clamping: memory.availableBytes)
        )
    }
}
