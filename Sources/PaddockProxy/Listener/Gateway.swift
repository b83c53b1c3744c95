// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import NIOCore
package import PaddockAdmission
internal import Synchronization

/// What all connections share: the admission, the backends, the limits and the own routes.
package final class Gateway: Sendable {
    /// The limits of the byte path (contract section 1).
    package struct Options: Sendable {
        /// How long a queued route may take from its first byte until its answer begins. Defaults to 300 s.
        package var requestTimeout = Duration.seconds(300)
        /// The largest body of a queued route in bytes. Defaults to 100 MiB.
        package var maxBodyBytes = 100 << 20
        /// The most bytes that all request bodies may hold at once. Defaults to 1 GiB.
        package var maxQueuedBytes = 1 << 30
        /// After how long, and how often, a waiting stream gets a sign of life. Defaults to nil: never.
        package var queueKeepalive: Duration?
        /// After how long without a request a client's connection is closed; nil for never. Defaults to 180 s.
        package var idleTimeout: Duration? = .seconds(180)
        /// How many connections of clients there may be at once. Defaults to no bound.
        package var maxClientConnections = Int.max
        /// The name of this machine, when only local hosts may be named; nil allows every `Host`.
        package var localMachineName: String?

        package init() {}
    }

    /// The limits of the byte path, which may change while it runs.
    package let limits: GatewayLimits
    package let backends: [Backend]
    package let admission: AdmissionController
    let ownRoutes: any OwnRoutes
    /// Renders those of their answers that take long.
    let renderer = AnswerRenderer()
    /// Whose requests are whose, at the start; each event loop has its own copy from then on.
    let clients: ClientDirectory
    /// Which request goes where, at the start; each event loop has its own from then on.
    let routes: RouteTable
    /// Which pages of other origins may read answers, at the start; each event loop has its own from then on.
    let crossOrigin: CrossOriginPolicy
    /// Who may change what a backend has; nil if that is nobody's right alone.
    let admins: (any AdminRule)?
    /// Who hears of every request that has ended, in this order.
    let observers: [any ExchangeObserver]
    let hostRule: HostRule?
    /// How many connections of clients there may be.
    let clientPlaces: ClientPlaces
    /// How long the lines are that one backend alone gets.
    let ownLines: OwnLineLengths
    /// The process's own messages.
    let logger: Logger
    private let requestBytes = Atomic(0)
    private let exchanges = Atomic(0)
    private let draining = Atomic(false)
    private let whenIdle = Mutex<(@Sendable () -> Void)?>(nil)

    package init(
        options: Options,
        backends: [Backend],
        admission: AdmissionController,
        ownRoutes: any OwnRoutes,
        clients: ClientDirectory = ClientDirectory(),
        routes: RouteTable = RouteTable(),
        crossOrigin: CrossOriginPolicy = CrossOriginPolicy(),
        admins: (any AdminRule)? = nil,
        observers: [any ExchangeObserver] = [],
        logger: Logger
    ) {
        precondition(!backends.isEmpty, "a gateway has a backend")
        self.limits = GatewayLimits(options)
        self.backends = backends
        self.admission = admission
        self.ownRoutes = ownRoutes
        self.clients = clients
        self.routes = routes
        self.crossOrigin = crossOrigin
        self.admins = admins
        self.observers = observers
        self.logger = logger
        self.clientPlaces = ClientPlaces(limit: options.maxClientConnections)
        self.hostRule = options.localMachineName.map { HostRule(machineName: $0) }
        self.ownLines = OwnLineLengths(backends)
    }

    // MARK: - Memory for requests

    /// The bytes of requests that are held now: heads, bodies, and what was read ahead of them.
    package var heldBytes: Int { self.requestBytes.load(ordering: .relaxed) }

    /// Takes memory for a piece of a request.
    ///
    /// - Returns: whether it fits in `max_queued_bytes`; if not, nothing was taken.
    func takeBytes(_ count: Int) -> Bool {
        let taken = self.requestBytes.add(count, ordering: .relaxed).newValue
        if taken <= self.limits.maxQueuedBytes { return true }
        self.requestBytes.subtract(count, ordering: .relaxed)
        return false
    }

    /// Counts memory that is taken already, whether or not it fits; negative for memory that is free again.
    func countBytes(_ change: Int) {
        if change != 0 { self.requestBytes.add(change, ordering: .relaxed) }
    }

    // MARK: - Draining

    /// Whether no new request is served any more.
    package var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    /// Refuses what waits and what comes; what is active goes on.
    ///
    /// - Parameter idle: called once, when no exchange is left.
    package func drain(whenIdle idle: @escaping @Sendable () -> Void) {
        self.whenIdle.withLock { $0 = idle }
        self.draining.store(true, ordering: .sequentiallyConsistent)
        self.admission.drain(now: .now())
        self.callIfIdle()
    }

    func exchangeBegan() { self.exchanges.add(1, ordering: .relaxed) }

    func exchangeEnded() {
        self.exchanges.subtract(1, ordering: .sequentiallyConsistent)
        if self.draining.load(ordering: .sequentiallyConsistent) { self.callIfIdle() }
    }

    private func callIfIdle() {
        guard self.exchanges.load(ordering: .sequentiallyConsistent) == 0 else { return }
        self.whenIdle.withLock { call in
            defer { call = nil }
            return call
        }?()
    }
}
