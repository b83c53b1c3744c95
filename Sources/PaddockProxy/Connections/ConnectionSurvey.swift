// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What the connections of clients do, by address and by client.
package struct ConnectionSurvey: Sendable {
    /// What the connections of one address do.
    package struct Counts: Equatable, Sendable {
        /// How many there are.
        package var connections = 0
        /// Those with a request that runs, or that is answered by Paddock; and those that follow events.
        package var active = 0
        /// Those with a request that waits for a slot.
        package var waiting = 0
        /// Those without a request.
        package var idle = 0
        /// Those whose client has taken nothing for ``patience`` of what is to be sent to it.
        package var notReading = 0
        /// How long ago the oldest was accepted, or came to its event loop.
        package var oldest = Nanoseconds.zero

        /// None.
        package init() {}
    }

    /// What a connection does.
    enum Doing {
        case active, waiting, idle
    }

    /// For so long a client may take nothing until it counts as not reading.
    static let patience = Nanoseconds.seconds(2)

    /// By the address of the client.
    package private(set) var addresses: [String: Counts] = [:]
    /// How many connections are of a client, by the request that came last.
    package private(set) var clients: [String: Int] = [:]

    /// No connections.
    package init() {}

    /// Adds a connection.
    mutating func add(address: String, client: String, _ doing: Doing, isReading: Bool, age: Nanoseconds) {
        self.clients[client, default: 0] += 1
        var counts = self.addresses[address] ?? Counts()
        counts.connections += 1
        switch doing {
        case .active: counts.active += 1
        case .waiting: counts.waiting += 1
        case .idle: counts.idle += 1
        }
        if !isReading { counts.notReading += 1 }
        counts.oldest = max(counts.oldest, age)
        self.addresses[address] = counts
    }

    /// Adds the connections of another event loop.
    mutating func add(_ other: ConnectionSurvey) {
        self.clients.merge(other.clients, uniquingKeysWith: +)
        self.addresses.merge(other.addresses) { left, right in
            var sum = left
            sum.connections += right.connections
            sum.active += right.active
            sum.waiting += right.waiting
            sum.idle += right.idle
            sum.notReading += right.notReading
            sum.oldest = max(left.oldest, right.oldest)
            return sum
        }
    }
}
