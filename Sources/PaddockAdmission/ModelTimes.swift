// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What was measured of one model: how long its requests take, and how good the estimates were.
struct ModelTimes: Sendable {
    /// From the slot to the end, of requests that completed; an error for a reply tells nothing about the next request.
    private var processing = RecentTimes()
    /// What follows from that.
    private(set) var pace = Pace()
    /// From the slot to the first byte of a streamed reply.
    private var streamFirstByte = RecentTimes()
    /// From the slot to the first byte of a reply that came as a whole.
    private var wholeFirstByte = RecentTimes()
    /// How far the estimated start of waiters was off.
    private(set) var estimateError = RecentTimes()

    /// A request has completed, and its reply was no error.
    mutating func completed(processing: Int64, firstByte: Int64?, isStream: Bool) {
        self.processing.insert(processing)
        self.pace = Pace(self.processing)
        if let firstByte {
            if isStream { self.streamFirstByte.insert(firstByte) } else { self.wholeFirstByte.insert(firstByte) }
        }
    }

    /// A waiter with an estimate has started.
    mutating func started(estimateError: Int64) { self.estimateError.insert(estimateError) }

    /// Times from the slot to the first byte, of replies of one kind.
    func firstByte(isStream: Bool) -> RecentTimes { isStream ? self.streamFirstByte : self.wholeFirstByte }
}
