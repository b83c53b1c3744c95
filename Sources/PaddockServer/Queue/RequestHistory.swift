// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockProxy
internal import Synchronization

/// The requests of some kind that ended last, in a ring.
package final class RequestHistory: ExchangeObserver {
    /// How many an operator, or a client with an id, can look up afterwards.
    package static let arrivalsKept = 10_000
    /// How many of those that were not served the dashboard shows.
    static let unservedKept = 50

    /// The most records that are searched in one hold of the lock.
    private static let lookedAtOnce = 500

    private struct Ring {
        var records: [SharedRecord] = []
        /// How many there have ever been.
        var total = 0
        var follower: (@Sendable () -> Void)?
    }

    /// After so many further records the follower is called; a power of two, and far fewer than are kept.
    private static let followedEvery = 2_048

    private let capacity: Int
    private let keeps: @Sendable (SharedRecord) -> Bool
    private let ring = Mutex(Ring())

    /// - Parameters:
    ///   - capacity: how many are kept.
    ///   - keeps: which.
    init(capacity: Int, keeps: @escaping @Sendable (SharedRecord) -> Bool) {
        self.capacity = capacity
        self.keeps = keeps
        // Untouched memory costs nothing, but growing the array would take noticeable time.
        self.ring.withLock { $0.records.reserveCapacity(capacity) }
    }

    /// Keeps the requests that reached the admission.
    package static func arrivals() -> RequestHistory {
        RequestHistory(capacity: Self.arrivalsKept, keeps: { $0.isArrival })
    }

    /// Keeps the requests on queued routes that were rejected, failed or timed out.
    package static func unserved() -> RequestHistory {
        RequestHistory(capacity: Self.unservedKept) { record in
            switch record.record.outcome.total {
            case .rejected, .failed, .timedOut, .wouldTimeOut: record.record.isQueued
            case .completed, .cancelled, .refused: false
            }
        }
    }

    /// Keeps the record of a request.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard self.keeps(record) else { return }
        var record = record
        let follower = self.ring.withLock { ring in
            // What is replaced is released without the lock.
            if ring.records.count < self.capacity {
                ring.records.append(record)
            } else {
                swap(&ring.records[ring.total % self.capacity], &record)
            }
            ring.total += 1
            return ring.total & (Self.followedEvery - 1) == 0 ? ring.follower : nil
        }
        if let follower { follower() }
    }

    /// Calls somebody who reads all records, often enough that none is gone before it is read. There is one follower.
    ///
    /// - Parameter follower: called on an event loop; must not block.
    func follow(_ follower: @escaping @Sendable () -> Void) { self.ring.withLock { $0.follower = follower } }

    /// The next records in the order in which they ended, a part of them at a time.
    ///
    /// - Parameter next: how many have been read or are gone; moves behind those that are returned.
    /// - Returns: the records; none if all have been read.
    func records(after next: inout Int) -> [SharedRecord] {
        self.ring.withLock { ring in
            let first = max(next, ring.total - ring.records.count)
            next = min(ring.total, first + Self.lookedAtOnce)
            return (first..<next).map { ring.records[$0 % self.capacity] }
        }
    }

    /// How many there have ever been, and those that are kept, the newest first.
    package var reading: (total: Int, records: [SharedRecord]) {
        self.ring.withLock { ring in
            let oldest = ring.records.count < self.capacity ? 0 : ring.total % self.capacity
            return (ring.total, (ring.records[oldest...] + ring.records[..<oldest]).reversed())
        }
    }

    /// The newest of the last records that is as wanted; nil if there is none. Not for an event loop.
    ///
    /// - Parameters:
    ///   - count: how many are looked at.
    ///   - isWanted: whether it is.
    func newest(of count: Int, where isWanted: (ExchangeRecord) -> Bool) -> ExchangeRecord? {
        var (index, left) = self.ring.withLock { (($0.total - 1) % self.capacity, min(count, $0.records.count)) }
        while left > 0 {
            let count = min(left, index + 1, Self.lookedAtOnce)
            let records = self.ring.withLock { Array($0.records[index + 1 - count...index]) }
            if let found = records.last(where: { isWanted($0.record) }) { return found.record }
            left -= count
            index = index >= count ? index - count : self.capacity - 1
        }
        return nil
    }

    /// Looks requests up; of several with one id the one that ended last is found.
    ///
    /// Not for an event loop. The ring is searched in parts, as requests that end have to wait for the lock.
    ///
    /// - Parameter ids: their ids.
    /// - Returns: what was found, by id.
    package func records(_ ids: Set<String>) -> [String: SharedRecord] {
        var found: [String: SharedRecord] = [:]
        var (index, left) = self.ring.withLock { (($0.total - 1) % self.capacity, $0.records.count) }
        while left > 0, found.count < ids.count {
            // Newest first, and so backwards until the beginning of the array, then from its end.
            let count = min(left, index + 1, Self.lookedAtOnce)
            let records = self.ring.withLock { Array($0.records[index + 1 - count...index]) }
            for record in records.reversed() where ids.contains(record.record.id) && found[record.record.id] == nil {
                found[record.record.id] = record
            }
            left -= count
            index = index >= count ? index - count : self.capacity - 1
        }
        return found
    }
}
