// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import PaddockAdmission
package import PaddockBase
package import PaddockConfiguration
package import PaddockProxy
internal import Synchronization

/// What each client does and did: for `/queue/clients`, the dashboard and the commands.
///
/// It costs requests nothing: what ended is read from the history of requests, in parts and on a queue of its own, and what is live from
/// the admission when somebody asks. Only requests that are refused at their head are counted where they end.
package final class ClientBoard: ExchangeObserver {
    /// The most clients whose refused requests are told apart between two updates.
    private static let mostRefused = 1_024

    private struct State {
        var tallies = ClientTallies()
        /// The number of the next record of the history.
        var next = 0
        var declared: [String: DeclaredClient] = [:]
        /// How many connections each client had when somebody looked last.
        var connections: [String: Int] = [:]
    }

    private let admission: AdmissionController
    private let history: RequestHistory
    private let state = Mutex(State())
    private let refusals = Mutex<[String: Int]>([:])
    private let queue = DispatchQueue(label: "paddock-clients")

    /// - Parameters:
    ///   - admission: who starts, waits and is rejected.
    ///   - history: the requests that ended.
    package init(_ admission: AdmissionController, _ history: RequestHistory) {
        self.admission = admission
        self.history = history
        history.follow { [weak self] in
            guard let self else { return }
            self.queue.async { self.update() }
        }
    }

    /// The clients that are declared from now on.
    package func declare(_ clients: [DeclaredClient]) {
        self.state.withLock { state in
            state.declared = Dictionary(clients.map { ($0.name, $0) }) { first, _ in first }
            state.tallies.declare(clients.map { Client(name: $0.name, weight: $0.weight) })
        }
    }

    /// Takes note of what the connections do.
    package func note(_ survey: ConnectionSurvey) { self.state.withLock { $0.connections = survey.clients } }

    /// Counts a request that was refused before it came to a queue; all others are found in the history.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard record.record.outcome == .refused, !record.isArrival, !record.record.client.name.isEmpty else { return }
        self.refusals.withLock { refusals in
            guard refusals.count < Self.mostRefused || refusals[record.record.client.name] != nil else { return }
            refusals[record.record.client.name, default: 0] += 1
        }
    }

    /// Takes over what has ended since the last time.
    private func update() {
        let refusals = self.refusals.withLock { Swift.exchange(&$0, with: [:]) }
        self.state.withLock { state in
            for (client, count) in refusals { state.tallies.refused(client, count, at: .now()) }
            while true {
                let records = self.history.records(after: &state.next)
                if records.isEmpty { break }
                state.tallies.add(records)
            }
        }
    }

    /// How many clients are known. Not for an event loop.
    package var count: Int {
        self.update()
        let live = Set(self.admission.liveRequests.map(\.client.name))
        return self.state.withLock { state in state.tallies.count + live.count { !state.tallies.contains($0) } }
    }

    /// Whether a client is declared, or has sent a request of late. Not for an event loop.
    package func isKnown(_ name: String) -> Bool {
        self.update()
        return self.state.withLock { $0.tallies.contains(name) }
            || self.admission.liveRequests.contains { $0.client.name == name }
    }

    /// What all clients do and did. Takes some milliseconds: not for an event loop.
    package func reading(now: Instant = .now()) -> ClientsReading {
        self.update()
        let live = self.admission.liveRequests
        let (tallies, declared, connections) = self.state.withLock { ($0.tallies, $0.declared, $0.connections) }
        let byTokens = self.admission.summary(now: now).fairnessBy == .tokens
        return ClientsReading(
            tallies.reading(with: live, now: now),
            live,
            (declared, connections),
            byTokens: byTokens,
            now: now
        )
    }
}
