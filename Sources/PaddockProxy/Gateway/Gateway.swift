// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
package import NIOCore
package import PaddockAdmission
package import PaddockConfiguration
package import PaddockSockets
internal import Synchronization

/// What all connections share: the admission, the backends and the own routes.
package final class Gateway: Sendable {
    /// What stays as it is for as long as the gateway runs.
    package struct Options: Sendable {
        /// How many connections of clients there may be at once. Defaults to no bound.
        package var maxClientConnections = Int.max
        /// The name of this machine. Defaults to none.
        package var machineName = ""
        /// Whether a `Host` has to name this machine, as on loopback addresses. Defaults to every name.
        package var needsLocalHost = false
        /// What is called for every request that has ended, in this order. Defaults to nothing.
        package var observers: [any ExchangeObserver] = []
        /// What is told what happens. Defaults to nothing.
        package var events: (any EventSink)?
        /// How the names of backends are looked up: host, port, and the event loop of the answer. Defaults to the system's way.
        package var lookUp: @Sendable (String, Int, SocketLoop) -> EventLoopFuture<[SocketAddress]> = HostAddresses
            .lookUp

        package init() {}
    }

    /// The configuration at the start; each event loop has its own copy from then on.
    let configuration: Configuration
    /// The backends at the start, in the order of the configuration; each event loop has its own list from then on.
    package let backends: [Backend]
    /// Who starts, waits and is rejected.
    package let admission: AdmissionController
    let ownRoutes: OwnRoutes
    /// The observers of every request that has ended, in this order.
    let observers: [any ExchangeObserver]
    private let hostRule: HostRule
    private let needsLocalHost: Bool
    /// How many connections of clients there may be.
    let clientPlaces: ClientPlaces
    private let events: (any EventSink)?
    /// How the names of backends are looked up.
    let lookUp: BackendName.LookUp
    /// The process's own messages.
    let logger: Logger
    /// The memory of requests.
    package let memory = RequestMemory()
    private let exchanges = Atomic(0)
    private let draining = Atomic(false)
    private let whenIdle = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Parameters:
    ///   - configuration: The configuration at the start.
    ///   - options: What no reload changes.
    ///   - backends: The backends; at least one.
    ///   - admission: Who starts, waits and is rejected.
    ///   - ownRoutes: What Paddock answers itself.
    ///   - logger: The process's own messages.
    package init(
        configuration: Configuration,
        options: Options,
        backends: [Backend],
        admission: AdmissionController,
        ownRoutes: OwnRoutes,
        logger: Logger
    ) {
        precondition(!backends.isEmpty, "a gateway has a backend")
        self.configuration = configuration
        self.backends = backends
        self.admission = admission
        self.ownRoutes = ownRoutes
        self.observers = options.observers
        self.events = options.events
        self.lookUp = options.lookUp
        self.logger = logger
        self.clientPlaces = ClientPlaces(limit: options.maxClientConnections)
        self.hostRule = HostRule(machineName: options.machineName)
        self.needsLocalHost = options.needsLocalHost
    }

    /// What decides about requests by a configuration.
    func rules(_ configuration: Configuration) -> RequestRules {
        RequestRules(
            clients: ClientDirectory(configuration),
            routes: RouteTable(configuration),
            crossOrigin: CrossOriginPolicy(configuration.corsOrigins),
            hostRule: self.needsLocalHost ? self.hostRule : nil,
            access: AccessRule(configuration, hostRule: self.hostRule),
            ownPaths: self.ownRoutes.paths
        )
    }

    /// Tells what happened.
    func note(_ event: GatewayEvent) { self.events?.note(event) }

    // MARK: - Draining

    /// Whether no new request is served any more.
    package var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    /// Rejects waiting and new requests; active ones continue.
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
