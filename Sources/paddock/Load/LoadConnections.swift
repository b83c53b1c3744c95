// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient
import Synchronization

/// The connections of a run: kept while they stand, opened at a bounded pace while the server is away.
final class LoadConnections: Sendable {
    typealias Connection = HTTPConnection<LoadReader>

    private struct State {
        var idle: [Connection] = []
        var pace = ReconnectPace()
    }

    private let url: ServerURL
    private let state = Mutex(State())

    init(url: ServerURL) { self.url = url }

    /// A connection that stands.
    ///
    /// - Parameter patience: Until when to wait for the next try while the server is away; `nil` to fail at once.
    func take(patience: ContinuousClock.Instant?) async throws(HTTPFailure) -> Connection {
        while true {
            let (kept, next) = self.state.withLock { state -> (Connection?, ContinuousClock.Instant?) in
                while let connection = state.idle.popLast() {
                    if connection.isActive { return (connection, nil) }
                }
                return (nil, state.pace.tryAfter(now: .now))
            }
            if let kept { return kept }
            guard let next else { return try await self.open() }
            guard let patience, next < patience else { throw .unreachable("the server is not there") }
            do { try await Task.sleep(until: next, clock: .continuous) } catch { throw .cancelled }
        }
    }

    /// Keeps a connection for the next request.
    func giveBack(_ connection: Connection) {
        guard connection.isActive else { return }
        self.state.withLock { $0.idle.append(connection) }
    }

    func closeAll() {
        for connection in self.state.withLock({ $0.idle }) { connection.close() }
    }

    private func open() async throws(HTTPFailure) -> Connection {
        do throws(HTTPFailure) {
            let connection = try await Connection.open(to: self.url, timeout: .seconds(10))
            self.state.withLock { $0.pace.succeeded() }
            return connection
        } catch {
            self.state.withLock { $0.pace.failed(now: .now) }
            throw error
        }
    }
}
