// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What happened to requests in the last five minutes (contract section 6).
package struct RecentCounts: Hashable, Sendable {
    private var counts = Array(repeating: 0, count: RecentField.width)

    /// Nothing.
    package init() {}

    /// Requests that arrived.
    package var requests: Int { self[.requests] }
    /// Requests that a backend answered in full.
    package var completed: Int { self[.completed] }
    /// Requests that were rejected.
    package var rejected: Int { self[.rejected] }
    /// Requests that failed.
    package var failed: Int { self[.failed] }
    /// Requests whose deadline came.
    package var timedOut: Int { self[.timedOut] }
    /// Requests that got no slot because it would have come too late.
    package var wouldTimeOut: Int { self[.wouldTimeOut] }
    /// Requests that were cancelled.
    package var cancelled: Int { self[.cancelled] }
    /// The part of class batch of the requests that got a slot; nil if none did.
    package var batchShare: Double? {
        let starts = self.count(of: .wait)
        return starts == 0 ? nil : min(1, Double(self[.batchStarts]) / Double(starts))
    }
    /// Tokens of prompts.
    package var promptTokens: Int { self[.promptTokens] }
    /// Tokens of answers.
    package var answerTokens: Int { self[.answerTokens] }

    /// Replies of backends.
    package var replies: ReplyCounts { ReplyCounts { self[RecentField($0)] } }

    /// How long requests waited at most of which a share got a slot; nil if none did.
    ///
    /// - Parameter percent: The share, 1 to 100.
    package func wait(_ percent: Int) -> Nanoseconds? { self.duration(.wait, percent) }

    /// How long after the slot the first byte came at most, of a share of replies; nil if none came.
    ///
    /// - Parameter percent: The share, 1 to 100.
    package func firstByte(_ percent: Int) -> Nanoseconds? { self.duration(.firstByte, percent) }

    /// How many tokens per second a share of the requests had at most; nil if that is known of none. Finite, and never negative.
    ///
    /// - Parameter percent: The share, 1 to 100.
    package func tokensPerSecond(_ percent: Int) -> Double? {
        self.quantile(.speed, percent).map { $0 / RecentField.speedSteps }
    }

    /// Adds the numbers of a slice.
    mutating func add(_ slice: ArraySlice<UInt32>) {
        // By index: with two iterators a debug build takes ten times as long, and tests read this after every event.
        var place = 0
        while place < RecentField.width {
            self.counts[place] += Int(slice[slice.startIndex + place])
            place += 1
        }
    }

    /// How many values of one kind there are.
    func count(of values: RecentField.Values) -> Int { self.ranges(values).reduce(0, +) }

    private subscript(field: RecentField) -> Int { self.counts[field.rawValue] }

    private func ranges(_ values: RecentField.Values) -> ArraySlice<Int> {
        self.counts[values.first..<(values.first + RecentBuckets.count)]
    }

    private func quantile(_ values: RecentField.Values, _ percent: Int) -> Double? {
        RecentBuckets.quantile(percent, of: self.ranges(values))
    }

    private func duration(_ values: RecentField.Values, _ percent: Int) -> Nanoseconds? {
        self.quantile(values, percent).map { .nanoseconds(Int64($0)) }
    }
}
