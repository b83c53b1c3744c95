// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The lengths of the turns of event loops, from the return of the wait to the end of the work, as a histogram.
///
/// While one connection is served all others of its loop wait, so the longest turns are what the others feel.
package struct TurnLengths: Equatable, Sendable {
    /// The upper bounds, ascending; the last range, above all of them, has none.
    ///
    /// From a tenth of a millisecond, a turn with a few requests, past the two that one request may take, to a second.
    package static let bounds: [Duration] = [
        .microseconds(100), .microseconds(250), .microseconds(500), .milliseconds(1), .milliseconds(2),
        .milliseconds(5),
        .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250),
        .milliseconds(500), .seconds(1),
    ]
    private static let nanoseconds = bounds.map { Int64($0 / .nanoseconds(1)) }

    /// By range, not cumulative.
    private var counts = [Int](repeating: 0, count: Self.nanoseconds.count + 1)
    private var sumNanoseconds: Int64 = 0

    /// No turns.
    package init() {}

    /// How many turns there were.
    package var count: Int { self.counts.reduce(0, +) }

    /// The sum of all turns, which wraps after 292 years of work.
    package var sum: Duration { .nanoseconds(self.sumNanoseconds) }

    /// How many turns were at most as long as each of ``bounds``, and at last how many there were.
    package var cumulativeCounts: [Int] {
        var sum = 0
        return self.counts.map { count in
            sum += count
            return sum
        }
    }

    /// Counts a turn.
    package mutating func add(nanoseconds: Int64) {
        var range = 0
        // From the front, as nearly all turns are short.
        while range < Self.nanoseconds.count, nanoseconds > Self.nanoseconds[range] { range += 1 }
        self.counts[range] += 1
        self.sumNanoseconds &+= nanoseconds
    }

    /// All turns of both.
    package static func + (left: TurnLengths, right: TurnLengths) -> TurnLengths {
        var sum = left
        for range in sum.counts.indices { sum.counts[range] += right.counts[range] }
        sum.sumNanoseconds &+= right.sumNanoseconds
        return sum
    }
}
