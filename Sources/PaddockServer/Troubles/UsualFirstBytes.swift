// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// What is usual of the first bytes of each model: those of the last 24 hours without the last minutes, which are compared with it.
///
/// The counts of the life of the process are marked now and then; what is between two marks is a difference. So a model takes some
/// kilobytes, however many replies it has.
struct UsualFirstBytes: Sendable {
    /// Between two marks.
    private static let step = Nanoseconds.seconds(1_200)
    /// How far back it goes.
    private static let day = Nanoseconds.seconds(86_400)
    /// What is younger is what is compared.
    private static let lately = Nanoseconds.seconds(300)

    private struct Mark {
        var time: Instant
        var counts: Histogram
    }

    /// The oldest mark first; each model has one at least.
    private var marks: [String: [Mark]] = [:]

    /// Takes note of a reading.
    ///
    /// - Parameters:
    ///   - models: the models; those that are missing are forgotten.
    ///   - now: the time.
    /// - Returns: the models with what is usual.
    mutating func completed(_ models: [TroubleReading.Model], now: Instant) -> [TroubleReading.Model] {
        let before = self.marks
        self.marks = [:]
        return models.map { model in
            var marks = before[model.name] ?? [Mark(time: now, counts: Histogram())]
            // An entry that was dropped and is new counts from zero.
            if let last = marks.last, last.counts.count > model.firstBytes.count {
                marks = [Mark(time: now, counts: Histogram())]
            }
            if let last = marks.last, now - last.time >= Self.step, model.firstBytes.count > last.counts.count {
                marks.append(Mark(time: now, counts: model.firstBytes))
            }
            while marks.count > 1, now - marks[1].time >= Self.day { marks.removeFirst() }
            self.marks[model.name] = marks
            var model = model
            model.usualFirstByte = Self.usual(model.firstBytes, marks, now: now)
            return model
        }
    }

    /// With too little from before the last minutes, everything counts.
    private static func usual(_ counts: Histogram, _ marks: [Mark], now: Instant) -> Nanoseconds? {
        guard let first = marks.first else { return nil }
        let earlier = marks.last { now - $0.time >= Self.lately }.map { ($0.counts - first.counts).usualBound }
        return (earlier ?? nil) ?? (counts - first.counts).usualBound
    }
}

extension Histogram {
    /// The bound under which nine in ten durations are; nil if there are less than 50, or it is above the last bound.
    fileprivate var usualBound: Nanoseconds? {
        let count = self.count
        guard count >= 50, let range = self.cumulativeCounts.firstIndex(where: { $0 * 10 >= count * 9 }),
            range < Self.bounds.count
        else { return nil }
        return Nanoseconds(Self.bounds[range])
    }
}
