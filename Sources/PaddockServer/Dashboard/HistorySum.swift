// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Adds up the charts of members, which end their steps at different instants (contract, sections 17 and 27).
enum HistorySum {
    private static let kept: Set = ["model", "range", "interval_seconds", "times"]
    /// Means and quantiles: those of the worst, as elsewhere.
    private static func isLargest(_ key: String) -> Bool { key.contains("_ms") }

    /// - Parameter histories: replies to `GET /dashboard/history`.
    /// - Returns: the sum, with the steps of the longest one; nil if there are none.
    static func of(_ histories: [JSONValue]) -> JSONValue? {
        func steps(_ history: JSONValue) -> Int { history["times"]?.array?.count ?? 0 }
        guard let longest = histories.indices.max(by: { steps(histories[$0]) < steps(histories[$1]) }),
            let first = histories[longest].object
        else { return nil }
        let times = (first["times"]?.array ?? []).map(\.toldCount)
        let interval = max(1, first["interval_seconds"]?.toldCount ?? 1)
        // By the steps of the first: where the steps of the others are in their lists.
        let others = histories.indices.filter { $0 != longest }.compactMap { histories[$0].object }.map { other in
            (lists: other.valuesByKey, places: Self.places(other["times"]?.array ?? [], times, interval))
        }
        var sum = JSONObject()
        for field in first.members {
            guard !Self.kept.contains(field.key), var values = field.value.array else {
                sum.append(field.key, field.value)
                continue
            }
            for (lists, places) in others {
                let more = lists[field.key]?.array ?? []
                for (step, place) in places where more.indices.contains(place) && values.indices.contains(step) {
                    values[step] = MemberSum.of(values[step], more[place], isLargest: Self.isLargest(field.key))
                }
            }
            sum.append(field.key, .array(values))
        }
        return .object(sum)
    }

    /// Which step of another member is nearest to each step.
    private static func places(_ theirs: [JSONValue], _ mine: [Int], _ interval: Int) -> [(step: Int, place: Int)] {
        var places: [(Int, Int)] = []
        var step = 0
        for (place, time) in theirs.enumerated() {
            guard time.integer != nil, case let time = time.toldCount else { continue }
            while step < mine.count, mine[step] + interval / 2 < time { step += 1 }
            guard step < mine.count else { break }
            if abs(mine[step] - time) <= interval { places.append((step, place)) }
        }
        return places
    }
}
