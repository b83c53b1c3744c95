// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// What happened in one step of the history; small, as there are many.
package struct LoadPoint: Equatable, Sendable {
    /// Requests with a slot, at the end.
    package var active: Int32 = 0
    /// Requests that waited, at the end.
    package var queued: Int32 = 0
    /// Requests that arrived.
    package var arrived: Int32 = 0
    /// Requests that completed.
    package var completed: Int32 = 0
    /// Requests that were rejected.
    package var rejected: Int32 = 0
    /// Requests that failed.
    package var failed: Int32 = 0
    /// Requests that timed out.
    package var timedOut: Int32 = 0
    /// Requests that were turned away because they would have timed out.
    package var wouldTimeOut: Int32 = 0
    /// Chunks of streams that were relayed.
    package var chunks: Int32 = 0
    /// The mean wait in milliseconds; nil if no request got a slot.
    package var waitMilliseconds: Float?
    /// The mean time to the first byte in milliseconds; nil if none came.
    package var firstByteMilliseconds: Float?

    /// A point at which nothing happened.
    package init() {}

    /// Makes a point of what was counted meanwhile.
    package init(_ counted: Totals, active: Int, queued: Int) {
        self.active = Int32(clamping: active)
        self.queued = Int32(clamping: queued)
        self.arrived = Int32(clamping: counted.requests)
        self.completed = Int32(clamping: counted.completed)
        self.rejected = Int32(clamping: counted.rejected)
        self.failed = Int32(clamping: counted.failed)
        self.timedOut = Int32(clamping: counted.timedOut)
        self.wouldTimeOut = Int32(clamping: counted.wouldTimeOut)
        self.chunks = Int32(clamping: counted.chunks)
        self.waitMilliseconds = Self.mean(counted.wait)
        self.firstByteMilliseconds = Self.mean(counted.firstByte)
    }

    /// Whether anything was going on.
    package var isActive: Bool { self != LoadPoint() }

    private static func mean(_ histogram: Histogram) -> Float? {
        // The sum may be negative if a start was undone in another step.
        histogram.count > 0 ? Float(max(0, histogram.mean.milliseconds)) : nil
    }
}

extension OrderedJSON {
    /// What `GET /dashboard/history` answers (contract section 17): a list for each quantity, the oldest step first.
    package static func history(_ points: [(time: Int, point: LoadPoint)], model: ModelName?) -> OrderedJSON {
        func list(_ value: (LoadPoint) -> Int32) -> OrderedJSON {
            .array(points.map { .integer(Int(value($0.point))) })
        }
        func times(_ value: (LoadPoint) -> Float?) -> OrderedJSON {
            .array(points.map { value($0.point).map { .number(Double($0).rounded(decimals: 1)) } ?? .null })
        }
        return .object([
            ("model", model.map { .string($0.description) } ?? .null),
            ("interval_seconds", .integer(LoadHistory.intervalSeconds)),
            ("times", .array(points.map { .integer($0.time) })),
            ("active", list(\.active)),
            ("queued", list(\.queued)),
            ("arrived", list(\.arrived)),
            ("completed", list(\.completed)),
            ("rejected", list(\.rejected)),
            ("failed", list(\.failed)),
            ("timed_out", list(\.timedOut)),
            ("would_time_out", list(\.wouldTimeOut)),
            ("chunks", list(\.chunks)),
            ("wait_ms", times(\.waitMilliseconds)),
            ("first_byte_ms", times(\.firstByteMilliseconds)),
        ])
    }
}
