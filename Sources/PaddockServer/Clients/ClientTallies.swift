// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
package import PaddockProxy

/// What the clients did that are known: those that are declared, and of all others those that came last.
package struct ClientTallies: Sendable {
    /// How many clients are known that are not declared. As many names as a stranger likes to invent push out others like them only.
    package static let most = 4_096
    /// How many more are let in until the oldest go, so that they are not looked for each time.
    private static let slack = 512

    private var tallies: [String: ClientTally] = [:]
    private var declared: Set<String> = []

    /// Nobody is known.
    package init() {}

    /// The clients that are declared from now on.
    package mutating func declare(_ clients: [Client]) {
        self.declared = Set(clients.map(\.name))
        for client in clients where self.tallies[client.name] == nil { self.tallies[client.name] = ClientTally(client) }
    }

    /// Requests have ended. Of one client there are often several in a row, which then cost one look-up.
    package mutating func add(_ records: [SharedRecord]) {
        var start = 0
        while start < records.count {
            let client = records[start].record.client
            var end = start + 1
            while end < records.count, records[end].record.client.name == client.name { end += 1 }
            self.tallies[client.name, default: ClientTally(client)].add(records[start..<end])
            self.forgetOldest()
            start = end
        }
    }

    /// Requests of a client were refused before they came to a queue.
    package mutating func refused(_ client: String, _ count: Int, at time: Instant) {
        self.tallies[client, default: ClientTally(Client(name: client))].refused(count, at: time)
        self.forgetOldest()
    }

    private mutating func forgetOldest() {
        guard self.tallies.count > Self.most + Self.slack + self.declared.count else { return }
        let strangers = self.tallies.filter { !self.declared.contains($0.key) }
        let oldest = strangers.sorted { $0.value.lastUse < $1.value.lastUse }
        for (name, _) in oldest.prefix(max(0, strangers.count - Self.most)) { self.tallies[name] = nil }
    }

    /// How many are known.
    package var count: Int { self.tallies.count }

    /// Whether a client is known.
    package func contains(_ name: String) -> Bool { self.tallies[name] != nil }

    /// What they did, with live requests of now added to their service; clients that have nothing but those included.
    package func reading(with live: [LiveRequest], now: Instant) -> [ClientTally] {
        var tallies = self.tallies
        for request in live {
            tallies[request.client.name, default: ClientTally(request.client)].add(request, now: now)
        }
        return tallies.values.map { tally in
            var tally = tally
            tally.advance(to: now)
            return tally
        }
    }
}

extension ClientTally {
    /// When it was last used; the beginning of time if never.
    fileprivate var lastUse: Instant { self.lastRequest ?? Instant(nanoseconds: .min) }
}
