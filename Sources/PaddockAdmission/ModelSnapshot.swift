// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A reading of one model.
///
/// Meanings: contract, section 6.
package struct ModelSnapshot: Hashable, Sendable {
    /// The normalised name.
    package let name: ModelName
    /// Its limits; `parallel` is per backend.
    package let limits: Limits
    /// Requests that hold a slot, over all backends.
    package let active: Int
    /// Requests that wait.
    package let queued: Int
    /// Those of class batch among them.
    package let queuedBatch: Int
    /// For how long the oldest of those has waited; `nil` if there is none that may start.
    package private(set) var oldestBatch: Nanoseconds?
    /// Those of class batch that hold a slot.
    package let activeBatch: Int
    /// Those that wait because their model is not loaded.
    package fileprivate(set) var waitingForSwap: Int
    /// How often Paddock had it loaded, and there was no room.
    package fileprivate(set) var swaps: Int
    /// Clients that hold a slot or a place.
    package fileprivate(set) var clients: Int
    /// Free slots over the usable backends: the healthy ones, or all where none is healthy.
    package fileprivate(set) var availableSlots: Int
    /// How many more requests may wait.
    package fileprivate(set) var queueAvailable: Int
    /// What was counted in the life of the process, whatever was reset; of a model that is not known, since it was first seen.
    package let lifetime: Totals
    /// What of it does not count since the last reset.
    let baseline: Totals
    /// Whether somebody named the model or a backend has answered it with other than 404; at most 1,000 that nobody named.
    package let isKnown: Bool
    /// What happened in the last minutes.
    private(set) var window: RecentWindow
    /// The slice of time in which the reading was taken.
    private(set) var slice: Int64
    /// The time since the model was first seen or last reset.
    package internal(set) var uptime: Nanoseconds
    /// How far the estimated start of the last waiters was off, at the median; `nil` before one has started.
    package fileprivate(set) var estimateErrorP50: Nanoseconds?
    /// The same for nine in ten of them.
    package fileprivate(set) var estimateErrorP90: Nanoseconds?
    /// The same as ``batchShare``, of a whole cluster.
    private(set) var batchShareOfAll: Double?
    private(set) var isPlaced = false

    /// What was counted since the model was first seen or last reset; worked out here, as a reading is taken under a lock.
    package var totals: Totals { self.lifetime - self.baseline }

    /// The replies of backends since then, as in ``totals``.
    package var replies: RepliesByBackend { self.lifetime.replies - self.baseline.replies }

    /// What happened in the last five minutes; nothing if there was no request.
    package var recent: RecentCounts { self.window.reading(at: self.slice) ?? RecentCounts() }

    /// The part of batch requests in the last five minutes among those that got a slot; `nil` if none did.
    package var batchShare: Double? { self.isPlaced ? self.batchShareOfAll : self.recent.batchShare }

    /// The reading without what happened in the last minutes, for whoever keeps it: a window takes 10 KiB.
    var withoutRecent: ModelSnapshot {
        var reading = self
        reading.window = RecentWindow()
        return reading
    }

    /// Adds what happened in the last five minutes.
    func addRecent(to sum: inout RecentCounts) { self.window.add(to: &sum, at: self.slice) }

    /// Whether nothing but time has passed between two readings. Time changes what happened of late, twice a minute.
    package func equals(_ other: ModelSnapshot) -> Bool {
        var other = other
        if !self.window.isLive(at: self.slice), !other.window.isLive(at: other.slice) { other.slice = self.slice }
        other.uptime = self.uptime
        if other.oldestBatch != nil, self.oldestBatch != nil { other.oldestBatch = self.oldestBatch }
        return self == other
    }
}

extension ModelSnapshot {
    /// The same with what the queue for a whole cluster says of its model.
    func placed(as other: ModelSnapshot?) -> ModelSnapshot {
        guard let other else { return self }
        var reading = self
        (reading.availableSlots, reading.queueAvailable) = (other.availableSlots, other.queueAvailable)
        (reading.waitingForSwap, reading.swaps) = (other.waitingForSwap, other.swaps)
        (reading.estimateErrorP50, reading.estimateErrorP90) = (other.estimateErrorP50, other.estimateErrorP90)
        (reading.clients, reading.batchShareOfAll, reading.isPlaced) = (other.clients, other.recent.batchShare, true)
        return reading
    }

    /// What is left of a reading of the queue for a whole cluster for a member that has had no request of the model.
    var withoutRequests: ModelSnapshot {
        let empty = ModelSnapshot(
            name: self.name,
            limits: self.limits,
            active: 0,
            queued: 0,
            queuedBatch: 0,
            oldestBatch: nil,
            activeBatch: 0,
            waitingForSwap: 0,
            swaps: 0,
            clients: 0,
            availableSlots: 0,
            queueAvailable: 0,
            lifetime: Totals(),
            baseline: Totals(),
            isKnown: self.isKnown,
            window: RecentWindow(),
            slice: self.slice,
            uptime: self.uptime,
            estimateErrorP50: nil,
            estimateErrorP90: nil
        )
        return empty.placed(as: self)
    }
}
