// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// A metric, described once: `/metrics` and the table in the contract (section 16) are made of ``all``.
package struct Metric: Sendable {
    /// The types of the Prometheus text format that are in use.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Where samples come from.
    enum Source: Sendable {
        /// One sample; no metric at all if the system does not report the number.
        case whole(@Sendable (MetricsReport) -> Int?)
        /// The same with decimals.
        case number(@Sendable (MetricsReport) -> Double?)
        /// One that is always 1, with the version that runs as its label.
        case version
        /// One for each known model, and one for all others together.
        case models(@Sendable (MetricsReport.ModelSeries) -> Int)
        /// The same, for each ending.
        case endings
        /// The same, a histogram each.
        case durations(@Sendable (Totals) -> Histogram)
        /// One for each known model.
        case knownModels(@Sendable (ModelSnapshot) -> Int)
        /// One for each backend that has the number.
        case backends(@Sendable (BackendSnapshot) -> Int?)
        /// Samples with labels of their own.
        case samples([String], @Sendable (MetricsReport) -> [(labels: MetricLabels, value: String)])
        /// One histogram.
        case histogram(@Sendable (MetricsReport) -> Histogram)
        /// One histogram, of the event loops.
        case turns
    }

    /// Its name.
    package let name: String
    /// Its type.
    package let kind: Kind
    /// What it counts or measures, in one sentence without backslashes and vertical bars.
    package let help: String
    private let source: Source

    init(_ name: String, _ kind: Kind, _ source: Source, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
        self.source = source
    }

    /// The names of its labels.
    package var labels: [String] {
        switch self.source {
        case .whole, .number, .turns, .histogram: []
        case .version: ["version"]
        case .models, .durations, .knownModels: ["model"]
        case .endings: ["model", "outcome"]
        case .backends: ["backend"]
        case .samples(let labels, _): labels
        }
    }

    /// Its row in the table of the contract.
    package var row: String {
        let labels = self.labels.map { "`\($0)`" }.joined(separator: ", ")
        return "| `\(self.name)` | \(self.kind.rawValue) | \(labels)\(labels.isEmpty ? "" : " ")| \(self.help) |"
    }

    /// Writes its samples from a report.
    func write(_ report: MetricsReport, to text: inout MetricsText) {
        switch self.source {
        case .whole(let value): self.write(value(report), to: &text)
        case .number(let value): self.write(value(report), to: &text)
        case .version:
            text.begin(self)
            text.sample(self.name, MetricLabels("version", PaddockVersion.text), 1)
        case .models(let value):
            text.begin(self)
            for model in report.models { text.sample(self.name, model.labels, value(model)) }
        case .endings:
            text.begin(self)
            for model in report.models {
                for ending in Ending.ofArrivals {
                    text.sample(
                        self.name,
                        model.labels.and("outcome", ending.rawValue),
                        model.lifetime.count(of: ending)
                    )
                }
            }
        case .durations(let value):
            text.begin(self)
            for model in report.models { text.histogram(self.name, model.labels, value(model.lifetime)) }
        case .knownModels(let value):
            text.begin(self)
            for model in report.models {
                if let known = model.known { text.sample(self.name, model.labels, value(known)) }
            }
        case .backends(let value):
            text.begin(self)
            for backend in report.backends {
                if let value = value(backend.snapshot) { text.sample(self.name, backend.labels, value) }
            }
        case .samples(_, let samples):
            text.begin(self)
            for (labels, value) in samples(report) { text.sample(self.name, labels, value) }
        case .histogram(let durations):
            text.begin(self)
            text.histogram(self.name, .none, durations(report))
        case .turns:
            text.begin(self)
            text.histogram(self.name, .none, report.turns)
        }
    }

    private func write(_ value: (some CustomStringConvertible)?, to text: inout MetricsText) {
        guard let value else { return }
        text.begin(self)
        text.sample(self.name, .none, value)
    }
}

extension Totals {
    /// How many requests ended in a way.
    fileprivate func count(of ending: Ending) -> Int {
        switch ending.total {
        case .completed: self.completed
        case .rejected: self.rejected
        case .failed: self.failed
        case .timedOut: self.timedOut
        case .cancelled: self.cancelled
        case .wouldTimeOut: self.wouldTimeOut
        // Counts in no statistics of a model.
        case .refused: 0
        }
    }
}
