// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// One consistent reading of everything the admission machine knows: what every own route renders.
package struct AdmissionSnapshot: Hashable, Sendable {
    /// What can be told without a look at each model.
    package private(set) var summary: AdmissionSummary
    /// All models that have an entry, in the order of their names.
    package internal(set) var models: [ModelSnapshot]
    /// What was counted for models that had no name among the known ones: live ones that are not known come on top.
    package let unknown: Totals
    /// What of it does not count since the last reset of all models.
    let unknownBaseline: Totals
    /// What happened to them in the last minutes.
    let unknownWindow: RecentWindow
    /// The slice of time in which the reading was taken.
    let slice: Int64

    /// The limits of a model that nobody gave limits of its own.
    package var defaults: Limits { self.summary.defaults }
    /// All backends, in the order of the configuration.
    package var backends: [BackendSnapshot] { self.summary.backends }
    /// What is loaded where.
    package var fleet: FleetSnapshot { self.summary.fleet }
    /// Whether Paddock is draining.
    package var isDraining: Bool { self.summary.isDraining }

    /// What was counted since the last reset of all models for those that have no entry any more: nobody named them, and backends
    /// answered them only with 404, or not at all.
    package var unknownTotals: Totals { self.unknown - self.unknownBaseline }

    /// What was counted in the life of the process, of all models that have an entry and those that never were known.
    package var lifetime: Totals { self.models.reduce(self.unknown) { $0 + $1.lifetime } }

    /// The replies of backends to requests of all models, since the last reset.
    package var replies: RepliesByBackend {
        self.models.reduce(self.unknownTotals.replies) { $0 + $1.replies }
    }

    /// What happened in the last five minutes to requests of models that have no entry any more, and were not known.
    package var unknownRecent: RecentCounts { self.unknownWindow.reading(at: self.slice) ?? RecentCounts() }

    /// What happened in the last five minutes to all requests.
    package var recent: RecentCounts {
        var sum = self.unknownRecent
        for model in self.models { model.addRecent(to: &sum) }
        return sum
    }

    /// The reading without what happened to models in the last minutes, for whoever keeps it.
    package var withoutRecent: AdmissionSnapshot {
        var reading = self
        reading.models = self.models.map(\.withoutRecent)
        return reading
    }

    /// The same with what the queue for a whole cluster says of free places and of what is loaded.
    package func placed(as other: AdmissionSnapshot) -> AdmissionSnapshot {
        var reading = self
        reading.summary.fleet = other.summary.fleet
        let models = Dictionary(uniqueKeysWithValues: other.models.map { ($0.name, $0) })
        let own = Set(self.models.map(\.name))
        reading.models = self.models.map { $0.placed(as: models[$0.name]) }
        reading.models += other.models.filter { !own.contains($0.name) }.map(\.withoutRequests)
        reading.models.sort { $0.name < $1.name }
        return reading
    }

    /// The reading of one model, or `nil` if it has no entry.
    package func model(_ name: ModelName) -> ModelSnapshot? {
        self.models.first { $0.name == name }
    }
}
