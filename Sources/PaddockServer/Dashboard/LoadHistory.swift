// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON

/// What happened in the last 15 minutes, in steps of 5 s: for all models together and for each one.
///
/// Bounded in steps and in models per step, the busiest; a model that did nothing in a step takes no room in it.
struct LoadHistory: Sendable {
    /// The length of a step, in seconds.
    static let intervalSeconds = 5
    /// How many steps are kept.
    static let maxSteps = 180
    /// How many models are kept in one step.
    static let maxModels = 256

    /// One step.
    struct Step: Equatable, Sendable {
        /// Its end, in seconds since 1970.
        let time: Int
        /// All models together.
        let all: LoadPoint
        /// Those that did something.
        let models: [ModelName: LoadPoint]
    }

    /// The steps, the oldest first.
    private(set) var steps: [Step] = []
    private var previous: AdmissionSnapshot?

    /// Ends a step.
    ///
    /// - Parameters:
    ///   - snapshot: the reading at its end; the first one is only the baseline.
    ///   - time: its end, in seconds since 1970.
    mutating func record(_ snapshot: AdmissionSnapshot, time: Int) {
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
        // The counts of a known model are dropped with its entry; all other counts still exist, perhaps elsewhere.
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
    func points(of model: ModelName?) -> [(time: Int, point: LoadPoint)] {
        self.steps.map { step in (step.time, model.map { step.models[$0] ?? LoadPoint() } ?? step.all) }
    }

    /// Whether a model did something in any of the steps.
    func hasSeen(_ model: ModelName) -> Bool { self.steps.contains { $0.models[model] != nil } }

    /// The reply to `GET /dashboard/history` (contract section 17): a list for each quantity, the oldest step first.
    ///
    /// - Parameter model: the model; nil for all together.
    func json(of model: ModelName?) -> JSONText {
        let points = self.points(of: model)
        func list(_ value: (LoadPoint) -> Int32) -> [Int] { points.map { Int(value($0.point)) } }
        func times(_ value: (LoadPoint) -> Float?) -> [Double?] {
            points.map { value($0.point).map { Double($0).rounded(decimals: 1) } }
        }
        return .object { json in
            json.member("model", model?.description)
            json.member("interval_seconds", Self.intervalSeconds)
            json.member("times", points.map(\.time))
            json.member("active", list(\.active))
            json.member("queued", list(\.queued))
            json.member("arrived", list(\.arrived))
            json.member("completed", list(\.completed))
            json.member("rejected", list(\.rejected))
            json.member("failed", list(\.failed))
            json.member("timed_out", list(\.timedOut))
            json.member("would_time_out", list(\.wouldTimeOut))
            json.member("chunks", list(\.chunks))
            json.member("wait_ms", times(\.waitMilliseconds))
            json.member("first_byte_ms", times(\.firstByteMilliseconds))
        }
    }
}
