// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What was seen of a runner on a backend while one limit held, over a number of requests that started with the limit full.
struct ParallelWindow: Sendable {
    /// What follows from a window.
    struct Verdict: Sendable {
        /// The most requests that were worked on at once; `nil` if that is not known.
        var peak: Int?
        /// Whether no more could have spoken: the typical pause between a free slot and the next first byte is shorter than a reply.
        var isClear = false
        /// Whether requests waited inside the backend; `nil` if it did not say.
        var doWaitInside: Bool?
    }

    /// The least number of requests in a window. It is three times the limit if that is more.
    static let leastCount = 8
    /// How many pauses are remembered; of a longer window the latest ones.
    static let maxPauses = 32
    /// How many requests must have waited inside the backend.
    static let leastWaits = 3

    private var count = 0
    private var peak = 0
    /// Those that waited inside the backend, and those of which it said whether they did.
    private var waits = 0
    private var measured = 0
    /// From a free slot to the first byte, in microseconds.
    private var pauses: [UInt32] = []

    init() {
        self.pauses.reserveCapacity(Self.maxPauses)
    }

    /// Whether enough was seen under a limit.
    func isComplete(limit: Int) -> Bool { self.count >= Self.leastCount && self.count / 3 >= limit }

    /// The next window begins.
    mutating func begin() {
        self.count = 0
        self.peak = 0
        self.waits = 0
        self.measured = 0
        self.pauses.removeAll(keepingCapacity: true)
    }

    /// The limit changed: what was the most under the other one does not count.
    mutating func forgetPeak() { self.peak = 0 }

    /// So many requests are worked on at once, and the limit is full.
    mutating func note(working: Int) { self.peak = max(self.peak, working) }

    /// A request has ended that started with the limit full.
    ///
    /// - Parameters:
    ///   - pause: From a free slot to its first byte, in nanoseconds; `nil` if its reply is no stream.
    ///   - didWaitInside: Whether it waited inside the backend; `nil` if that is not known.
    mutating func add(pause: Int64?, didWaitInside: Bool?) {
        if let pause {
            let value = UInt32(clamping: pause / 1000)
            if self.pauses.count < Self.maxPauses {
                self.pauses.append(value)
            } else {
                self.pauses[self.count % Self.maxPauses] = value
            }
        }
        if let didWaitInside {
            self.measured += 1
            if didWaitInside { self.waits += 1 }
        }
        self.count += 1
    }

    /// What follows from what was seen.
    ///
    /// - Parameter speech: How long a reply speaks, in nanoseconds.
    mutating func verdict(speech: Int64) -> Verdict {
        var verdict = Verdict()
        if self.waits >= Self.leastWaits {
            verdict.doWaitInside = true
        } else if self.measured == self.count {
            verdict.doWaitInside = false
        }
        if !self.pauses.isEmpty {
            self.pauses.sort()
            verdict.peak = max(1, self.peak)
            verdict.isClear = Int64(self.pauses[self.pauses.count / 2]) * 1000 < speech
        }
        return verdict
    }
}
