// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// What happened in the last 15 minutes, in steps of 5 s: for all models together and for each one.
///
/// Bounded: so many steps, and in each so many models, the busiest; a model that did nothing in a step takes no room in it.
package struct LoadHistory: Sendable {
    /// The length of a step, in seconds.
    package static let intervalSeconds = 5
    /// How many steps are kept.
    package static let maxSteps = 180
    /// How many models are kept in one step.
    package static let maxModels = 256

    /// One step.
    package struct Step: Equatable, Sendable {
        /// Its end, in seconds since 1970.
        package let time: Int
        /// All models together.
        package let all: LoadPoint
        /// Those that did something.
        package let models: [ModelName: LoadPoint]
    }

    /// The steps, the oldest first.
    package private(set) var steps: [Step] = []
    private var previous: AdmissionSnapshot?

    package init() {}

    /// Ends a step.
    ///
    /// - Parameters:
    ///   - snapshot: the reading at its end; the first one is only the baseline.
    ///   - time: its end, in seconds since 1970.
    package mutating func record(_ snapshot: AdmissionSnapshot, time: Int) {
        defer { self.previous = snapshot }
        guard let previous = self.previous else { return }
        var left = Dictionary(uniqueKeysWithValues: previous.models.map { ($0.name, $0) })
        var all = snapshot.unknown - previous.unknown
        var points: [(name: ModelName, point: LoadPoint)] = []
        var (active, queued) = (0, 0)
        for model in snapshot.models {
            active += model.active
            queued += model.queued
            var before = left[model.name]
            if let known = before, known.isKnown, known.lifetime.requests > model.lifetime.requests { before = nil }
            if let before {
                left[model.name] = nil
                all = all - before.lifetime
            }
            all = all + model.lifetime
            let point = LoadPoint(Self.counted(model, since: before), active: model.active, queued: model.queued)
            if point.isActive { points.append((model.name, point)) }
        }
        // What was counted for a known model is gone with its entry; all other counts are still there, if elsewhere.
        for model in left.values where !model.isKnown { all = all - model.lifetime }
        if points.count > Self.maxModels {
            points.sort { $0.point.arrived + $0.point.queued > $1.point.arrived + $1.point.queued }
            points.removeLast(points.count - Self.maxModels)
        }
        if self.steps.count == Self.maxSteps { self.steps.removeFirst() }
        self.steps.append(
            Step(
                time: time,
                all: LoadPoint(all, active: active, queued: queued),
                models: Dictionary(uniqueKeysWithValues: points.map { ($0.name, $0.point) })
            )
        )
    }

    /// What was counted for a model since an earlier reading of the same entry, if there is one.
    private static func counted(_ model: ModelSnapshot, since before: ModelSnapshot?) -> Totals {
        if let before, before.isKnown == model.isKnown { return model.lifetime - before.lifetime }
        // If the model has become known in between, its lifetime has started again; its totals only after a reset.
        let counted = model.totals - (before?.totals ?? Totals())
        return counted.requests >= model.lifetime.requests ? counted : model.lifetime
    }

    /// The steps of one model, or of all together.
    package func points(of model: ModelName?) -> [(time: Int, point: LoadPoint)] {
        self.steps.map { step in (step.time, model.map { step.models[$0] ?? LoadPoint() } ?? step.all) }
    }
}
