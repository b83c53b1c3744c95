// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// What happened in one step of the history; small, as there are many.
struct LoadPoint: Equatable, Sendable {
    /// Requests with a slot, at the end.
    var active: Int32 = 0
    /// Requests that waited, at the end.
    var queued: Int32 = 0
    /// Requests that arrived.
    var arrived: Int32 = 0
    /// Requests that completed.
    var completed: Int32 = 0
    /// Requests that were rejected.
    var rejected: Int32 = 0
    /// Requests that failed.
    var failed: Int32 = 0
    /// Requests that timed out.
    var timedOut: Int32 = 0
    /// Requests that were turned away because they would have timed out.
    var wouldTimeOut: Int32 = 0
    /// Requests that were cancelled.
    var cancelled: Int32 = 0
    /// Replies of backends with a status of 400 to 499.
    var clientErrors: Int32 = 0
    /// Replies of backends with a status of 500 and above.
    var serverErrors: Int32 = 0
    /// Chunks of streams that were relayed.
    var chunks: Int32 = 0
    /// Tokens of the answers of requests that ended.
    var tokens: Int32 = 0
    /// The mean wait in milliseconds; nil if no request got a slot.
    var waitMilliseconds: Float?
    /// The mean time to the first byte in milliseconds; nil if there was none.
    var firstByteMilliseconds: Float?
    /// What waits were at most, about.
    var wait = Quantiles()
    /// What times to the first byte were at most, about.
    var firstByte = Quantiles()

    /// What half of some durations and nine in ten were at most, in milliseconds; nil if there were none.
    struct Quantiles: Equatable, Sendable {
        var p50: Float?
        var p90: Float?

        /// Of no durations.
        init() {}

        init(_ histogram: Histogram) {
            self.p50 = histogram.quantile(50).map { Float($0.milliseconds) }
            self.p90 = histogram.quantile(90).map { Float($0.milliseconds) }
        }
    }

    /// A point at which nothing happened.
    init() {}

    /// Makes a point from the counts of a step.
    init(_ counted: Totals, active: Int, queued: Int) {
        self.active = Int32(clamping: active)
        self.queued = Int32(clamping: queued)
        self.arrived = Int32(clamping: counted.requests)
        self.completed = Int32(clamping: counted.completed)
        self.rejected = Int32(clamping: counted.rejected)
        self.failed = Int32(clamping: counted.failed)
        self.timedOut = Int32(clamping: counted.timedOut)
        self.wouldTimeOut = Int32(clamping: counted.wouldTimeOut)
        self.cancelled = Int32(clamping: counted.cancelled)
        let replies = counted.replies.sum
        self.clientErrors = Int32(clamping: replies[.clientError])
        self.serverErrors = Int32(clamping: replies[.serverError])
        self.chunks = Int32(clamping: counted.chunks)
        self.tokens = Int32(clamping: counted.answerTokens)
        self.waitMilliseconds = Self.mean(counted.wait)
        self.firstByteMilliseconds = Self.mean(counted.firstByte)
        self.wait = Quantiles(counted.wait)
        self.firstByte = Quantiles(counted.firstByte)
    }

    /// Whether anything was going on.
    var isActive: Bool { self != LoadPoint() }

    private static func mean(_ histogram: Histogram) -> Float? {
        // The sum may be negative if a start was undone in another step.
        histogram.count > 0 ? Float(max(0, histogram.mean.milliseconds)) : nil
    }
}
