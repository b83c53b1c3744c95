// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What happened to the requests of one model, or on one backend, in the last five minutes, in slices of time that are used in turn.
///
/// It takes 10 KiB from the first request on, however many follow. No reset changes it.
package struct RecentWindow: Hashable, Sendable {
    /// The time that it covers, in seconds: the slice that has begun, and nine whole ones.
    package static let seconds = 300
    private static let sliceCount: Int64 = 10
    private static let sliceLength: Int64 = 30_000_000_000

    /// One slice after the other; empty as long as there was no request.
    private var counts: [UInt32] = []
    /// The number of the newest slice, counted from the beginning of time.
    private var latest: Int64 = 0

    /// Makes a window in which nothing has happened.
    init() {}

    /// The number of the slice that an instant is in.
    static func slice(of instant: Instant) -> Int64 { max(0, instant.nanoseconds) / Self.sliceLength }

    /// A request has arrived.
    mutating func arrived(now: Instant) { self.count(.requests, now: now) }

    /// A request has ended that had no slot.
    mutating func ended(_ ending: Ending, now: Instant) { self.count(RecentField(ending), now: now) }

    /// A request got a slot.
    mutating func started(_ slot: Slot, isBatch: Bool) {
        let base = self.begin(slot.started)
        self.counts[base + Self.place(of: slot.waited.count, among: .wait)] &+= 1
        if isBatch { self.counts[base + RecentField.batchStarts.rawValue] &+= 1 }
    }

    /// A request with a slot waits again, as if it had never had one.
    mutating func undoStart(_ slot: Slot, isBatch: Bool) {
        let slice = Self.slice(of: slot.started)
        guard !self.counts.isEmpty, slice > self.latest - Self.sliceCount, slice <= self.latest else { return }
        let base = Self.base(slice)
        let place = base + Self.place(of: slot.waited.count, among: .wait)
        if self.counts[place] > 0 { self.counts[place] &-= 1 }
        let batch = base + RecentField.batchStarts.rawValue
        if isBatch, self.counts[batch] > 0 { self.counts[batch] &-= 1 }
    }

    /// A request with a slot has ended.
    mutating func ended(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, now: Instant) {
        let base = self.begin(now)
        let hasAnswer = ending == .completed && !progress.isError
        self.counts.withUnsafeMutableBufferPointer { counts in
            counts[base + RecentField(ending).rawValue] &+= 1
            if progress.status > 0 {
                counts[base + RecentField(ReplyCounts.StatusClass(of: progress.status)).rawValue] &+= 1
            }
            if let firstByte = progress.firstByte, hasAnswer || ending != .completed {
                let time = firstByte.nanoseconds - slot.started.nanoseconds
                counts[base + Self.place(of: time, among: .firstByte)] &+= 1
            }
            guard let tokens = progress.tokens else { return }
            counts[base + RecentField.promptTokens.rawValue].add(tokens.prompt)
            counts[base + RecentField.answerTokens.rawValue].add(tokens.answer)
            if hasAnswer, let speed = Self.speed(tokens, progress, now: now) {
                counts[base + Self.place(of: speed, among: .speed)] &+= 1
            }
        }
    }

    /// How fast the tokens of one answer came; nil if that cannot be said.
    ///
    /// Of a stream those after the first, over the time since the first byte; of a whole reply what the backend says.
    private static func speed(_ tokens: TokenCounts, _ progress: ReplyProgress, now: Instant) -> Int64? {
        let (count, nanoseconds): (Int32, Int64)
        if progress.isStream, let firstByte = progress.firstByte {
            (count, nanoseconds) = (tokens.answer - 1, now.nanoseconds - firstByte.nanoseconds)
        } else if let durations = progress.durations {
            (count, nanoseconds) = (durations.answerTokens, durations.eval.count)
        } else {
            return nil
        }
        guard count > 0, nanoseconds >= 1_000_000 else { return nil }
        // Whatever a backend says: what is above 65,000 is not told apart.
        return Int64(min(1e18, Double(count) * (1e9 * RecentField.speedSteps) / Double(nanoseconds)))
    }

    /// What happened until the end of a slice; nil if nothing did.
    func reading(at slice: Int64) -> RecentCounts? {
        guard self.isLive(at: slice) else { return nil }
        var reading = RecentCounts()
        self.add(to: &reading, at: slice)
        return reading
    }

    /// Whether something may have happened in the five minutes until the end of a slice.
    func isLive(at slice: Int64) -> Bool { !self.counts.isEmpty && self.latest > slice - Self.sliceCount }

    /// Adds what happened until the end of a slice.
    func add(to reading: inout RecentCounts, at slice: Int64) {
        guard self.isLive(at: slice) else { return }
        let oldest = max(slice, self.latest) - Self.sliceCount + 1
        for number in max(0, oldest)...self.latest {
            let base = Self.base(number)
            reading.add(self.counts[base..<(base + RecentField.width)])
        }
    }

    /// Adds what happened in another window, slice by slice.
    mutating func merge(_ other: RecentWindow) {
        guard !other.counts.isEmpty else { return }
        self.move(to: other.latest)
        let oldest = max(0, self.latest - Self.sliceCount + 1, other.latest - Self.sliceCount + 1)
        guard oldest <= other.latest else { return }
        for number in oldest...other.latest {
            let base = Self.base(number)
            for place in base..<(base + RecentField.width) { self.counts[place] &+= other.counts[place] }
        }
    }

    private mutating func count(_ field: RecentField, now: Instant) {
        let place = self.begin(now) + field.rawValue
        self.counts[place] &+= 1
    }

    /// Begins the slice of an instant, unless it has begun.
    ///
    /// - Returns: The place of its first number.
    @inline(__always)
    private mutating func begin(_ now: Instant) -> Int {
        let slice = Self.slice(of: now)
        if slice > self.latest || self.counts.isEmpty { self.move(to: slice) }
        return Self.base(self.latest)
    }

    /// Zeroes the slices that are used again.
    @inline(never)
    private mutating func move(to slice: Int64) {
        if self.counts.isEmpty {
            self.counts = Array(repeating: 0, count: Int(Self.sliceCount) * RecentField.width)
            self.latest = slice
        }
        guard slice > self.latest else { return }
        for number in max(self.latest + 1, slice - Self.sliceCount + 1)...slice {
            let base = Self.base(number)
            for place in base..<(base + RecentField.width) { self.counts[place] = 0 }
        }
        self.latest = slice
    }

    @inline(__always)
    private static func base(_ slice: Int64) -> Int { Int(slice % Self.sliceCount) * RecentField.width }

    @inline(__always)
    private static func place(of value: Int64, among values: RecentField.Values) -> Int {
        values.first + RecentBuckets.index(of: value)
    }
}

extension UInt32 {
    /// Adds a number that is not negative, up to the largest that there is.
    @inline(__always)
    fileprivate mutating func add(_ number: Int32) {
        let (sum, overflows) = self.addingReportingOverflow(UInt32(clamping: number))
        self = overflows ? .max : sum
    }
}
