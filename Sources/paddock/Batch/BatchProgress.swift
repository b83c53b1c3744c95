// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// How far a batch job is, in one line; and how fast it goes, from what was seen of it.
struct BatchProgress {
    private struct Point {
        let time: Duration
        let done: Int
    }

    /// How far back the speed is measured.
    private static let window = Duration.seconds(60)

    private var points: [Point] = []

    /// Requests per second in the last minute that was seen; nil if that is not known yet.
    private(set) var rate: Double?

    /// Notes how many requests have ended.
    ///
    /// - Parameters:
    ///   - done: how many.
    ///   - time: since any fixed moment.
    mutating func note(_ done: Int, at time: Duration) {
        self.points.append(Point(time: time, done: done))
        while self.points.count > 2, self.points[1].time <= time - Self.window { self.points.removeFirst() }
        guard let first = self.points.first, first.time < time else { return }
        self.rate = Double(done - first.done) / ((time - first.time) / .seconds(1))
    }

    /// Seconds until it ends at this speed; nil if nobody knows.
    ///
    /// - Parameters:
    ///   - counts: how many requests there are, and how many have ended.
    ///   - rate: requests per second.
    static func secondsLeft(_ counts: BatchReply.Counts, rate: Double?) -> Double? {
        guard let rate, rate > 0, counts.total > 0 else { return nil }
        return Double(counts.total - counts.done) / rate
    }

    /// The line.
    ///
    /// - Parameters:
    ///   - batch: the job.
    ///   - rate: requests per second; nil if that is not known.
    ///   - barWidth: the columns of a bar; 0 for none.
    ///   - isPlain: whether only ASCII may be used.
    static func line(_ batch: BatchReply, rate: Double?, barWidth: Int, isPlain: Bool) -> String {
        let counts = batch.counts
        var parts = [batch.status.replacingUnderscores]
        if counts.total > 0 {
            parts.append("\(counts.done) of \(counts.total) done")
            if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        }
        if !batch.isOver, let rate {
            parts.append("\(NumberText.rate(rate))/s")
            if let left = Self.secondsLeft(counts, rate: rate), counts.done < counts.total {
                parts.append("\(NumberText.time(milliseconds: left * 1000)) left")
            }
        }
        let text = parts.joined(separator: isPlain ? ", " : " · ")
        guard barWidth > 0, counts.total > 0 else { return text }
        return Bar(value: counts.done, limit: counts.total).text(width: barWidth, isPlain: isPlain) + " " + text
    }
}

extension String {
    /// A word of the API as people read it, such as `in progress`.
    var replacingUnderscores: String { String(self.map { $0 == "_" ? " " : $0 }) }
}
