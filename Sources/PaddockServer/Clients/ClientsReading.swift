// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
package import PaddockConfiguration

/// What all clients do and did, at one instant.
package struct ClientsReading: Sendable {
    /// One client.
    package struct Entry: Sendable {
        /// What it did.
        package let tally: ClientTally
        /// The best class of its requests, if it is declared.
        package var ceiling: DeclaredClient.Class?
        /// Its requests that hold a slot.
        package var running = 0
        /// Its requests that wait.
        package var waiting = 0
        /// Its connections, by the request that came last on each.
        package var connections = 0
        /// Its part of the service of the last 300 seconds, and its fair part; nil if it had no work.
        package var share: (share: Double, fair: Double)?
        /// What half of its requests of the last 300 seconds, and nine in ten, did not wait longer than; nil without any.
        package var waits: (p50: Nanoseconds, p90: Nanoseconds)?

        /// Its name.
        package var name: String { self.tally.client.name }
    }

    /// The clients, in no order.
    package private(set) var entries: [Entry]

    /// - Parameters:
    ///   - tallies: what they did, with the live requests in their service.
    ///   - live: the live requests.
    ///   - known: the clients that are declared, and how many connections clients have, by their names.
    ///   - byTokens: whether service is counted in tokens, and not in time.
    ///   - now: the time.
    package init(
        _ tallies: [ClientTally],
        _ live: [LiveRequest],
        _ known: (declared: [String: DeclaredClient], connections: [String: Int]),
        byTokens: Bool,
        now: Instant
    ) {
        let shares = ServiceShares(tallies.lazy.map { ($0.slices, $0.client.weight) }, byTokens: byTokens)
        var counts: [String: (running: Int, waiting: Int)] = [:]
        for request in live {
            if request.started == nil {
                counts[request.client.name, default: (0, 0)].waiting += 1
            } else {
                counts[request.client.name, default: (0, 0)].running += 1
            }
        }
        self.entries = tallies.map { tally in
            var entry = Entry(tally: tally)
            entry.ceiling = known.declared[tally.client.name]?.ceiling
            entry.connections = known.connections[tally.client.name] ?? 0
            (entry.running, entry.waiting) = counts[tally.client.name] ?? (0, 0)
            entry.share = shares.share(of: tally.slices, weight: tally.client.weight)
            entry.waits = tally.waits.quantiles(now: now)
            return entry
        }
    }

    /// What a list is sorted by; of equals the name decides.
    package enum Sorting: String, CaseIterable, Sendable {
        /// Requests that run or wait, then the part of the service, then requests.
        case busy
        case name, running, waiting, share, requests, tokens, refused, wait, last

        /// Whether one entry comes before another.
        func isBefore(_ left: Entry, _ right: Entry) -> Bool {
            for (left, right) in zip(self.keys(of: left), self.keys(of: right)) where left != right {
                return left > right
            }
            return left.name < right.name
        }

        private func keys(of entry: Entry) -> [Double] {
            let counts = entry.tally.counts
            let share = entry.share?.share ?? 0
            return switch self {
            case .busy: [Double(entry.running + entry.waiting), share, Double(counts.requests)]
            case .name: []
            case .running: [Double(entry.running)]
            case .waiting: [Double(entry.waiting)]
            case .share: [share]
            case .requests: [Double(counts.requests)]
            case .tokens: [Double(counts.tokensIn + counts.tokensOut)]
            case .refused: [Double(counts.refused + counts.rejected + counts.wouldTimeOut)]
            case .wait: [entry.waits.map { Double($0.p90.count) } ?? -1]
            case .last: [entry.tally.lastRequest.map { Double($0.nanoseconds) } ?? -1]
            }
        }
    }

    /// The first clients of a list.
    ///
    /// - Parameters:
    ///   - sorting: what it is sorted by.
    ///   - limit: how many.
    package func entries(by sorting: Sorting, limit: Int) -> ArraySlice<Entry> {
        self.entries.sorted(by: sorting.isBefore).prefix(limit)
    }

    /// The entry of a client; nil if it is not known.
    package func entry(of name: String) -> Entry? { self.entries.first { $0.name == name } }
}
