// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Batch jobs that will not end in time, by their pace of the last five minutes.
extension TroubleRules {
    /// With fewer ended requests nobody knows the pace of a job.
    private static let leastEnded = 5
    /// A job of which nothing ends for this long has no pace, in seconds.
    private static let longPause = 280.0

    static func batches(_ reading: TroubleReading, _ history: TroubleHistory) -> [TroubleFinding] {
        reading.batches.compactMap { batch in
            let left = batch.total - batch.ended
            guard left > 0, batch.secondsLeft > 0 else { return nil }
            let (ended, seconds) = history.batch(batch.id)
            let end: String
            var isOver = true
            if ended >= Self.leastEnded {
                let needed = Double(left) * seconds / Double(ended)
                guard needed > 0.8 * Double(batch.secondsLeft) else { return nil }
                isOver = needed > Double(batch.secondsLeft)
                end =
                    "would end in \(Self.time(needed)) at its pace, and its window ends in \(Self.time(Double(batch.secondsLeft)))"
            } else if ended == 0, seconds >= Self.longPause {
                end = "gets nowhere: none of its requests has ended in the last \(Self.time(seconds))"
            } else {
                return nil
            }
            let what =
                "with \(batch.ended.grouped) of \(batch.total.grouped) requests done \(end): give it more (batch_parallel, another "
                + "backend), or cancel it"
            return TroubleFinding(
                kind: .batchLate,
                subject: .batch(batch.id),
                isOver: isOver,
                text: "A batch job \(what)",
                fullText: "The batch job \(batch.id) of \(batch.owner.cut(to: Self.longestName)) \(what)"
            )
        }
    }

    /// Some time in its two largest units.
    private static func time(_ seconds: Double) -> String {
        // A pace that is nearly none needs any time.
        let minutes = Int(min(seconds, 1e9) / 60)
        switch minutes {
        case ..<1: return "less than a minute"
        case ..<60: return "\(minutes) min"
        case ..<1_440: return "\(minutes / 60) h \(minutes % 60) min"
        default: return "\(minutes / 1_440) d \(minutes % 1_440 / 60) h"
        }
    }
}
