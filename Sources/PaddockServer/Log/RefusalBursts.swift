// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// Which refusals have a line of their own in the access log, and which are one line together (contract section 19).
///
/// A *burst* is of one client and one error. Its first refusal has a line at once. Those that follow are counted, and every
/// ``length`` they are one line, until none has come for that long. A flood so costs a few lines, whatever its rate.
struct RefusalBursts: Sendable {
    /// How long refusals are counted until they are one line.
    static let length = Nanoseconds.seconds(10)
    /// The most clients and errors that are kept apart. The refusals of further ones are counted by their error alone.
    static let most = 256
    /// Who is named in a line that is about several clients.
    static let others = "(others)"

    private struct Key: Hashable {
        let client: String
        let code: String
    }

    private struct Burst {
        /// When the refusals that are counted become a line, or the burst is over.
        var due: Instant
        /// How many have been counted.
        var count = 0
        /// When the first of them ended.
        var first: Instant
        /// The last of them.
        var last: SharedRecord
        /// Whether they are of several clients.
        let isShared: Bool

        mutating func count(_ record: SharedRecord, now: Instant) {
            if self.count == 0 { self.first = now }
            self.count += 1
            self.last = record
        }
    }

    private var bursts: [Key: Burst] = [:]

    /// How many bursts there are.
    var count: Int { self.bursts.count }

    /// Takes note of a refusal.
    ///
    /// - Parameters:
    ///   - record: the refused request.
    ///   - code: the code of its error.
    ///   - now: when it ended.
    /// - Returns: whether it has a line of its own, at once.
    mutating func add(_ record: SharedRecord, code: String, now: Instant) -> Bool {
        var key = Key(client: record.record.client.name, code: code)
        var isShared = false
        if self.bursts[key] == nil, self.bursts.count >= Self.most {
            key = Key(client: Self.others, code: code)
            isShared = true
        }
        guard self.bursts[key] != nil else {
            self.bursts[key] = Burst(due: now + Self.length, first: now, last: record, isShared: isShared)
            return true
        }
        self.bursts[key]?.count(record, now: now)
        return false
    }

    /// The lines that are due, in the order of their last refusals. Bursts of which no refusal came any more are forgotten.
    ///
    /// - Parameter now: the time.
    mutating func due(now: Instant) -> [RefusalSum] {
        self.take { now >= $0.due ? now + Self.length : nil }
    }

    /// The lines of all that has been counted, however long; every burst is forgotten.
    mutating func end() -> [RefusalSum] {
        defer { self.bursts = [:] }
        return self.take { $0.due }
    }

    /// - Parameter nextDue: when a burst is due again if it is due now; else nil.
    private mutating func take(_ nextDue: (Burst) -> Instant?) -> [RefusalSum] {
        var sums: [RefusalSum] = []
        for (key, burst) in self.bursts {
            guard let next = nextDue(burst) else { continue }
            guard burst.count > 0 else {
                self.bursts[key] = nil
                continue
            }
            sums.append(RefusalSum(burst.last, count: burst.count, since: burst.first, isShared: burst.isShared))
            self.bursts[key]?.count = 0
            self.bursts[key]?.due = next
        }
        return sums.sorted { $0.last.record.ended < $1.last.record.ended }
    }
}
