// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockProxy
internal import Synchronization

/// The stories of the requests that ended last, in a ring: what an operator, or a client with an id, can look up afterwards.
package final class RequestHistory: ExchangeObserver {
    /// How many are kept.
    package static let capacity = 10_000

    private struct Ring {
        var records: [SharedRecord] = []
        var next = 0

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
            guard ring.records.count == Self.capacity else { return ring.records.append(record) }
            // What is replaced is let go without the lock.
            swap(&ring.records[ring.next], &record)
            ring.next = ring.next + 1 == Self.capacity ? 0 : ring.next + 1
        }
    }

    /// The story of a request; of several with one id the one that ended last.
    ///
    /// - Parameter id: the request's id.
    /// - Returns: nil where none of those that ended last has it.
    package func story(_ id: String) -> RequestStory? {
        let ring = self.ring.withLock { $0 }
        let newestFirst = ring.records[..<ring.next].reversed() + ring.records[ring.next...].reversed()
        return newestFirst.first { $0.record.id == id }.flatMap { RequestStory($0.record) }
    }
}
