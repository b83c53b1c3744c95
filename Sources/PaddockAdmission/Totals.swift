// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What was counted for one model since it was first seen or last reset.
///
/// A request that arrived before a reset counts in no total after it, so that `requests` always equals the sum of the
/// endings and of the live requests that arrived since.
package struct Totals: Hashable, Sendable {
    /// Requests that arrived.
    package internal(set) var requests = 0
    /// Requests that the backend answered in full.
    package internal(set) var completed = 0
    /// Requests that were answered without a slot, at their arrival or by a drain.
    package internal(set) var rejected = 0
    /// Requests that ended as failed.
    package internal(set) var failed = 0
    /// Requests whose deadline came, queued or active.
    package internal(set) var timedOut = 0
    /// Requests whose client went away, queued or active.
    package internal(set) var cancelled = 0

    /// Requests that were answered without a slot because it would have come too late.
    package internal(set) var wouldTimeOut = 0

    /// Requests that got a slot.
    package private(set) var started = 0
    /// Replies whose first byte came.
    package private(set) var answered = 0
    /// Bytes of the bodies of replies that were relayed.
    package private(set) var bytes = 0
    /// Chunks of streamed replies that were relayed.
    package private(set) var chunks = 0
    // Wide sums: 100,000 waiters fill 64 bits of nanoseconds in a day.
    private var waitNanoseconds: Int128 = 0
    private var processingNanoseconds: Int128 = 0
    private var firstByteNanoseconds: Int128 = 0

    /// How long those that got a slot had waited for it, in sum.
    package var waitTime: Duration { Duration(attoseconds: self.waitNanoseconds * 1_000_000_000) }

    /// How long those that completed had held their slot, in sum.
    package var processingTime: Duration { Duration(attoseconds: self.processingNanoseconds * 1_000_000_000) }

    /// The mean wait of the requests that got a slot; zero where none did.
    package var averageWait: Duration {
        self.started == 0 ? .zero : self.waitTime / self.started
    }

    /// The mean processing time of the requests that completed; zero where none did.
    package var averageProcessing: Duration {
        self.completed == 0 ? .zero : self.processingTime / self.completed
    }

    /// The mean time from the slot to the first byte of the reply; zero where none came.
    package var averageFirstByte: Duration {
        self.answered == 0
            ? .zero : Duration(attoseconds: self.firstByteNanoseconds / Int128(self.answered) * 1_000_000_000)
    }

    init() {}

    /// Something was relayed of a reply.
    mutating func progress(_ progress: ReplyProgress, started: Instant) {
        if let firstByte = progress.firstByte {
            self.answered += 1
            self.firstByteNanoseconds += Int128(firstByte.nanoseconds - started.nanoseconds)
        }
        self.bytes += progress.bytes
        self.chunks += progress.chunks
    }

    /// A request got a slot.
    mutating func start(_ slot: Slot) {
        self.started += 1
        self.waitNanoseconds += Int128(slot.started.nanoseconds - slot.arrived.nanoseconds)
    }

    /// A request with a slot waits again, as if it had never had one.
    mutating func undoStart(_ slot: Slot) {
        self.started -= 1
        self.waitNanoseconds -= Int128(slot.started.nanoseconds - slot.arrived.nanoseconds)
    }

    /// A request with a slot has ended.
    mutating func end(_ outcome: Outcome, started: Instant, now: Instant) {
        switch outcome {
        case .completed:
            self.completed += 1
            self.processingNanoseconds += Int128(now.nanoseconds - started.nanoseconds)
        case .failed: self.failed += 1
        case .timedOut: self.timedOut += 1
        case .cancelled: self.cancelled += 1
        }
    }
}
