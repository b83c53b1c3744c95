// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase

@testable import PaddockAdmission

/// What happened to the requests of a model, event by event, for as long as it has an entry.
struct NaiveRecent {
    enum Event: Hashable {
        case arrived
        case ended(Ending)
        case replied(status: Int)
        case waited(Int64)
        case firstByte(Int64)
        case tokens(Int32, Int32)
    }

    private(set) var events: [(time: Instant, event: Event)] = []

    mutating func note(_ event: Event, at time: Instant) { self.events.append((time, event)) }

    /// A start did not happen.
    mutating func takeBack(_ event: Event, at time: Instant) {
        if let index = self.events.lastIndex(where: { $0.time == time && $0.event == event }) {
            self.events.remove(at: index)
        }
    }

    /// What differs from a reading; nil if nothing does.
    func complaint(about reading: RecentCounts, now: Instant) -> String? {
        // A window covers the half minute that has begun and the nine before it.
        let first = now.nanoseconds / 30_000_000_000 - 9
        let events = self.events.filter { $0.time.nanoseconds / 30_000_000_000 >= first }.map(\.event)
        func count(_ ending: Ending) -> Int { events.count { $0 == .ended(ending) } }
        func replies(_ statuses: Range<Int>) -> Int {
            events.count { if case .replied(let status) = $0 { statuses.contains(status) } else { false } }
        }
        let expected = [
            events.count { $0 == .arrived }, count(.completed), count(.rejected), count(.failed), count(.timedOut),
            count(.wouldTimeOut), count(.cancelled), replies(100..<300), replies(300..<400), replies(400..<500),
            replies(500..<1_000),
        ]
        let found =
            [
                reading.requests, reading.completed, reading.rejected, reading.failed, reading.timedOut,
                reading.wouldTimeOut, reading.cancelled,
            ] + ReplyCounts.StatusClass.allCases.map { reading.replies[$0] }
        if found != expected { return "\(found), not \(expected)" }
        var (prompt, answer) = (0, 0)
        for case .tokens(let read, let written) in events {
            (prompt, answer) = (prompt + Int(read), answer + Int(written))
        }
        if [reading.promptTokens, reading.answerTokens] != [prompt, answer] {
            return "\(reading.answerTokens) tokens"
        }
        let waits = events.compactMap { if case .waited(let wait) = $0 { wait } else { nil } }
        let firstBytes = events.compactMap { if case .firstByte(let time) = $0 { time } else { nil } }
        return Self.complaint("wait", waits, reading.wait)
            ?? Self.complaint("first byte", firstBytes, reading.firstByte)
    }

    /// A quantile is in the range of the value that is exact: off by less than a quarter, or by less than two milliseconds.
    private static func complaint(_ what: String, _ values: [Int64], _ quantile: (Int) -> Nanoseconds?) -> String? {
        let sorted = values.sorted()
        for percent in [50, 90] {
            let found = quantile(percent)?.count
            guard !sorted.isEmpty else { return found.map { "\(what) \($0) of nothing" } }
            let exact = sorted[(sorted.count * percent + 99) / 100 - 1]
            guard let found, abs(found - exact) <= max(exact / 4, 2_000_000) else {
                return "\(what) p\(percent) \(found ?? -1), not \(exact)"
            }
        }
        return nil
    }
}
