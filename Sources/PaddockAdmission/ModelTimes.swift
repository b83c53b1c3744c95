// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What was measured of one model: how long its requests take, and how good the estimates were.
struct ModelTimes: Sendable {
    /// How many requests complete between two derivations of the pace, once as many times are known as are remembered.
    private static let paceInterval = 8

    /// From the slot to the end, of requests that completed; an error for a reply tells nothing about the next request.
    private var processing = RecentTimes()
    /// What follows from that.
    private(set) var pace = Pace()
    /// How many requests have completed since that was last derived.
    private var sincePace = 0
    /// From the slot to the first byte of a streamed reply.
    private var streamFirstByte = UnsortedTimes()
    /// From the slot to the first byte of a reply that came as a whole.
    private var wholeFirstByte = UnsortedTimes()
    /// How far the estimated start of waiters was off.
    private(set) var estimateError = RecentTimes()

    /// A request has completed, and its reply was no error.
    mutating func completed(processing: Int64, firstByte: Int64?, isStream: Bool) {
        self.processing.insert(processing)
        self.sincePace += 1
        // One value among as many as are remembered changes next to nothing, and each request would pay for it.
        if !self.processing.isFull || self.sincePace >= Self.paceInterval {
            self.sincePace = 0
            self.pace = Pace(self.processing)
        }
        if let firstByte {
            if isStream { self.streamFirstByte.insert(firstByte) } else { self.wholeFirstByte.insert(firstByte) }
        }
    }

    /// A waiter with an estimate has started.
    mutating func started(estimateError: Int64) { self.estimateError.insert(estimateError) }

    /// The time in nanoseconds from the slot to the first byte that a share of replies of one kind is below; nil if there is too little
    /// to go by.
    mutating func firstByte(isStream: Bool, percent: Int) -> Int64? {
        isStream ? self.streamFirstByte.quantile(percent) : self.wholeFirstByte.quantile(percent)
    }

    /// What hardly any first byte takes longer than, in nanoseconds; `nil` where there is too little to go by.
    mutating func slowFirstByte() -> Int64? {
        let (stream, whole) = (self.streamFirstByte.quantile(99), self.wholeFirstByte.quantile(99))
        return stream.map { max($0, whole ?? 0) } ?? whole
    }
}
