// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON

/// What happened in the last 15 minutes or 24 hours, in steps: for all models together and for each one.
///
/// Bounded in steps and in models per step, the busiest; a model that did nothing in a step takes no room in it.
struct LoadHistory: Sendable {
    /// What it covers; the raw values are those of the query.
    enum Range: String, CaseIterable {
        /// 15 minutes in steps of 5 s.
        case quarterHour = "15m"
        /// 24 hours in steps of a minute, at most 4 MB.
        case day = "24h"

        /// The length of a step, in seconds.
        var intervalSeconds: Int { self == .day ? 60 : 5 }
        /// How many steps are kept.
        var maxSteps: Int { self == .day ? 1_440 : 180 }
        /// How many models are kept in one step.
        var maxModels: Int { self == .day ? 20 : 256 }
    }

    /// What one model did in a step.
    struct ModelPoint: Equatable, Sendable {
        let name: ModelName
        let point: LoadPoint
    }

    /// One step.
    struct Step: Equatable, Sendable {
        /// Its end, in seconds since 1970.
        let time: Int
        /// All models together.
        let all: LoadPoint
        /// Those that did something, in no order.
        let models: [ModelPoint]

        /// What one model did; nothing if it is not there.
        func point(of model: ModelName) -> LoadPoint? { self.models.first { $0.name == model }?.point }
    }

    /// What it covers.
    let range: Range
    /// The steps, the oldest first.
    private(set) var steps: [Step] = []
    private var previous: AdmissionSnapshot?

    /// - Parameter range: what it covers. Defaults to 15 minutes.
    init(_ range: Range = .quarterHour) { self.range = range }

    /// Ends a step.
    ///
    /// - Parameters:
    ///   - snapshot: the reading at its end; the first one is only the baseline.
    ///   - time: its end, in seconds since 1970.
    mutating func record(_ snapshot: AdmissionSnapshot, time: Int) {
        defer { self.previous = snapshot.withoutRecent }
        guard let previous = self.previous else { return }
        var left = Dictionary(uniqueKeysWithValues: previous.models.map { ($0.name, $0) })
        var all = snapshot.unknown - previous.unknown
        var points: [ModelPoint] = []
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
            if point.isActive { points.append(ModelPoint(name: model.name, point: point)) }
        }
        // The counts of a known model are dropped with its entry; all other counts still exist, perhaps elsewhere.
        for model in left.values where !model.isKnown { all = all - model.lifetime }
        if points.count > self.range.maxModels {
            points.sort {
                Int($0.point.arrived) + Int($0.point.queued) > Int($1.point.arrived) + Int($1.point.queued)
            }
            // As a list of its own: one that is cut keeps its room.
            points = Array(points.prefix(self.range.maxModels))
        }
        if self.steps.count == self.range.maxSteps { self.steps.removeFirst() }
        self.steps.append(
            Step(
                time: time,
                all: LoadPoint(all, active: active, queued: queued),
                models: points
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
        self.steps.map { step in (step.time, model.map { step.point(of: $0) ?? LoadPoint() } ?? step.all) }
    }

    /// Whether a model did something in any of the steps.
    func hasSeen(_ model: ModelName) -> Bool { self.steps.contains { $0.point(of: model) != nil } }

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
            json.member("range", self.range.rawValue)
            json.member("interval_seconds", self.range.intervalSeconds)
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
            json.member("cancelled", list(\.cancelled))
            json.member("replies_4xx", list(\.clientErrors))
            json.member("replies_5xx", list(\.serverErrors))
            json.member("tokens_out", list(\.tokens))
            json.member("wait_ms_p50", times(\.wait.p50))
            json.member("wait_ms_p90", times(\.wait.p90))
            json.member("first_byte_ms_p50", times(\.firstByte.p50))
            json.member("first_byte_ms_p90", times(\.firstByte.p90))
        }
    }
}
