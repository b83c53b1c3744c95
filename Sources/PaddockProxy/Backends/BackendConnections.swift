// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockSockets

/// The connections of one event loop to the backends.
final class BackendConnections {
    /// What the requests of a backend carry: an object of its own that never changes, so that whoever has it copies no text.
    final class Lines {
        /// The `Host` field with its line break.
        let host: String
        /// The `Authorization` field in place of the client's credentials with its line break; nil if the backend has none.
        let key: String?

        fileprivate init(_ backend: Backend) { (self.host, self.key) = (backend.hostLine, backend.keyLine) }
    }

    /// An object, as a copy of all that is known of a backend would cost each request more than its connection.
    private final class Row {
        var backend: Backend { didSet { self.lines = Lines(self.backend) } }
        private(set) var lines: Lines
        /// The name of its host; nil if that is an address.
        let name: BackendName?
        /// The connections that are kept.
        var pool = BackendPool()
        /// Whether nothing is asked of it any more.
        var isRetired = false

        init(_ backend: Backend, name: BackendName?) {
            self.backend = backend
            self.lines = Lines(backend)
            self.name = name
        }
    }

    private let loop: SocketLoop
    private let lookUp: BackendName.LookUp
    private var rows: [Row] = []
    /// How long the lines are that one of them alone gets.
    private(set) var ownLines = OwnLineLengths([])

    /// - Parameters:
    ///   - backends: the backends, in the order of their indices.
    ///   - lookUp: how names are looked up.
    ///   - loop: the event loop.
    init(_ backends: [Backend], lookUp: @escaping BackendName.LookUp, on loop: SocketLoop) {
        self.loop = loop
        self.lookUp = lookUp
        for (index, backend) in backends.enumerated() { self.place(backend, at: BackendIndex(index)) }
        self.scheduleSweep()
    }

    /// A backend has an index from now on, or is described anew; its address is the same then.
    ///
    /// - Parameters:
    ///   - backend: the backend.
    ///   - index: its index: the next one, or the one that it has.
    func place(_ backend: Backend, at index: BackendIndex) {
        if index.value < self.rows.count {
            self.rows[index.value].backend = backend
            self.rows[index.value].isRetired = false
        } else {
            precondition(index.value == self.rows.count, "backends are placed in the order of their indices")
            let isName = backend.address == nil
            let name = isName ? BackendName(backend.host, port: backend.port, on: self.loop, lookUp: self.lookUp) : nil
            self.rows.append(Row(backend, name: name))
        }
        self.ownLines = OwnLineLengths(self.rows.map(\.backend))
    }

    /// Nothing new is asked of a backend from now on, until it is placed again; what is under way goes on.
    func retire(_ index: BackendIndex) {
        self.rows[index.value].isRetired = true
        self.rows[index.value].pool.closeAll()
    }

    // MARK: - Readings

    /// All that have an index and are not retired.
    var indices: [BackendIndex] { self.rows.indices.filter { !self.rows[$0].isRetired }.map { BackendIndex($0) } }

    /// How many have an index and are not retired.
    var count: Int { self.rows.count { !$0.isRetired } }

    /// Whether nothing is asked of a backend any more.
    func isRetired(_ index: BackendIndex) -> Bool { self.rows[index.value].isRetired }

    /// A backend, retired or not.
    subscript(index: BackendIndex) -> Backend { self.rows[index.value].backend }

    /// What the requests of a backend carry.
    func lines(of index: BackendIndex) -> Lines { self.rows[index.value].lines }

    // MARK: - Connections

    /// A kept connection to a backend, or nil if a new one has to be made.
    func takeKept(to backend: BackendIndex) -> BackendConnection? {
        self.rows[backend.value].pool.take(now: self.loop.turnTime)
    }

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
        let row = self.rows[connection.backend.value]
        if row.isRetired { return connection.close() }
        if let name = row.name, !name.mayKeep(connection.address) { return connection.close() }
        row.pool.keep(connection, now: self.loop.turnTime)
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
