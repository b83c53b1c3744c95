// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockSockets

/// The connections of one event loop to the backends.
final class BackendConnections {
    private struct Row {
        let backend: Backend
        /// The name of its host; nil if that is an address.
        let name: BackendName?
        /// The connections that are kept.
        var pool = BackendPool()
    }

    private let loop: SocketLoop
    private var rows: [Row]

    /// - Parameters:
    ///   - backends: the backends, in the order of their indices.
    ///   - lookUp: how names are looked up.
    ///   - loop: the event loop.
    init(_ backends: [Backend], lookUp: @escaping BackendName.LookUp, on loop: SocketLoop) {
        self.loop = loop
        self.rows = backends.map { backend in
            let isName = backend.address == nil
            let name = isName ? BackendName(backend.host, port: backend.port, on: loop, lookUp: lookUp) : nil
            return Row(backend: backend, name: name)
        }
        self.scheduleSweep()
    }

    /// A kept connection to a backend, or nil if a new one has to be made.
    func takeKept(to backend: BackendIndex) -> BackendConnection? { self.rows[backend.value].pool.take(now: .now()) }

    /// Makes a new connection for an exchange, which is told the result in a later turn.
    ///
    /// - Returns: the attempt, which the exchange has to give up when it ends before that.
    func connectAnew(_ exchange: any BackendUser, to backend: BackendIndex) -> BackendAttempt {
        let attempt = BackendAttempt(for: exchange, to: backend, on: self.loop)
        if let address = self.rows[backend.value].backend.address {
            attempt.connect(to: [address])
        } else if let name = self.rows[backend.value].name {
            attempt.connect(to: name)
        }
        return attempt
    }

    /// Keeps a connection whose exchange is over, unless its backend is somewhere else now.
    func keep(_ connection: BackendConnection) {
        if let name = self.rows[connection.backend.value].name, !name.mayKeep(connection.address) {
            return connection.close()
        }
        self.rows[connection.backend.value].pool.keep(connection, now: .now())
    }

    private func scheduleSweep() {
        // For as long as there is the event loop, as is this.
        _ = self.loop.schedule(at: .now() + .seconds(1)) {
            let now = NIODeadline.now()
            for index in self.rows.indices { self.rows[index].pool.sweep(now: now) }
            self.scheduleSweep()
        }
    }
}
