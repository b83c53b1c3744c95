// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What was measured of one model: how long its requests take, and how good the estimates were.
struct ModelTimes: Sendable {
    /// What a request of a model that nobody has measured yet is charged.
    private static let unmeasured: Int64 = 1_000_000_000

    /// From the slot to the end, of requests that completed.
    private(set) var processing = RecentTimes()
    /// From the slot to the first byte of a streamed reply.
    private var streamFirstByte = RecentTimes()
    /// From the slot to the first byte of a reply that came as a whole.
    private var wholeFirstByte = RecentTimes()
    /// How far the estimated start of waiters was off.
    private(set) var estimateError = RecentTimes()

    /// A request has completed.
    ///
    /// A 404, and any other refusal, tells nothing about the next request.
    mutating func completed(processing: Int64, firstByte: Int64?, isStream: Bool, status: Int) {
        guard status < 400 else { return }
        self.processing.insert(processing)
        if let firstByte {
            if isStream { self.streamFirstByte.insert(firstByte) } else { self.wholeFirstByte.insert(firstByte) }
        }
    }

    /// A waiter with an estimate has started.
    mutating func started(estimateError: Int64) { self.estimateError.insert(estimateError) }

    /// What a request is charged when it starts, in nanoseconds of slot time; at least 1.
    var typicalProcessing: Int64 { max(1, self.processing.quantile(50) ?? Self.unmeasured) }

    /// Times from the slot to the first byte, of replies of one kind.
    func firstByte(isStream: Bool) -> RecentTimes { isStream ? self.streamFirstByte : self.wholeFirstByte }

    /// When a waiter will start, from now, in nanoseconds: a fair guess.
    ///
    /// The slots free themselves one after the other: the first when half of what is left of an average active
    /// request is over, the others at the model's mean pace.
    ///
    /// - Parameters:
    ///   - position: Its place; 1 is next.
    ///   - slots: How many slots the model has; at least 1.
    ///   - elapsed: How long the active requests have been active on average.
    func estimatedWait(position: Int, slots: Int, elapsed: Double) -> Int64? {
        guard let mean = self.processing.trimmedMean else { return nil }
        let rest = max(0, Double(mean) - elapsed)
        let wait = Double(position - 1) * Double(mean) / Double(slots) + 2 * rest / Double(slots + 1)
        return Int64(min(wait, 1e18))
    }

    /// When a newcomer that has to wait has its first byte at the earliest, from now, in nanoseconds; `nil` where there is
    /// too little to go by.
    func optimisticFirstByte(position: Int, slots: Int, isStream: Bool) -> Int64? {
        guard let pace = self.processing.quantile(25), let firstByte = self.firstByte(isStream: isStream).quantile(10)
        else {
            return nil
        }
        return Int64(min(Double(position - 1) * Double(pace) / Double(slots) + Double(firstByte), 1e18))
    }
}
