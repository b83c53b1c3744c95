// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockProxy
internal import Synchronization

/// The stories of the requests that ended last, in a ring: what an operator, or a client with an id, can look up afterwards.
package final class RequestHistory: ExchangeObserver {
    /// How many are kept.
    package static let capacity = 10_000

    /// So many are looked at in one hold of the lock.
    private static let lookedAtOnce = 500

    private struct Ring {
        var records: [SharedRecord] = []
        var next = 0
        var newest: Int { self.next == 0 ? self.records.count - 1 : self.next - 1 }

        init() {
            // Memory that nobody has touched costs nothing; to grow would be felt.
            self.records.reserveCapacity(RequestHistory.capacity)
        }
    }

    private let ring = Mutex(Ring())

    package init() {}

    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard record.record.isArrival else { return }
        var record = record
        self.ring.withLock { ring in
            // What is replaced is let go without the lock.
            if ring.next < ring.records.count {
                swap(&ring.records[ring.next], &record)
            } else {
                ring.records.append(record)
            }
            ring.next = ring.next + 1 == Self.capacity ? 0 : ring.next + 1
        }
    }

    /// The stories of requests; of several with one id the one that ended last.
    ///
    /// Not for an event loop. It is looked at in parts, as requests that end have to wait for the lock.
    ///
    /// - Parameter ids: their ids.
    /// - Returns: what was found, by id.
    package func stories(_ ids: Set<String>) -> [String: RequestStory] {
        var stories: [String: RequestStory] = [:]
        var (index, left) = self.ring.withLock { ($0.newest, $0.records.count) }
        while left > 0, stories.count < ids.count {
            // Newest first, and so backwards until the beginning of the array, then from its end.
            let count = min(left, index + 1, Self.lookedAtOnce)
            let records = self.ring.withLock { Array($0.records[index + 1 - count...index]) }
            for record in records.reversed() where ids.contains(record.record.id) && stories[record.record.id] == nil {
                stories[record.record.id] = RequestStory(record.record)
            }
            left -= count
            index = index >= count ? index - count : Self.capacity - 1
        }
        return stories
    }
}
