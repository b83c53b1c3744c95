// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import PaddockAdmission
import PaddockConfiguration
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

/// A gateway on an event loop that a test drives, with clients and a backend that the test plays.
final class GatewayWorld {
    let loop: SocketLoop
    let admission: AdmissionController
    let gateway: Gateway
    let context: LoopContext
    let connections: ClientConnections
    private let listening: [ListeningSocket]
    private let arrivals: [Arrivals]

    /// The connections to the backend, in order; of several backends to the first.
    var backends: [Peer] { self.arrivals[0].wires }

    /// - Parameters:
    ///   - parallel: how many requests may be with the backend at once.
    ///   - ownAnswer: the answer of every own route, if there are no `ownRoutes`.
    ///   - ownRoutes: the own routes.
    ///   - host: how the gateway knows the backend.
    ///   - configuration: the configuration.
    ///   - options: what stays as it is.
    ///   - backendCount: how many backends there are.
    ///   - joining: how many more the test has that the gateway does not know yet.
    ///   - healthCheck: how they are asked whether they are healthy.
    init(
        parallel: Int = 1,
        queue: Int = 10,
        ownAnswer: String = "{}",
        ownRoutes: OwnRoutes? = nil,
        host: String = "127.0.0.1",
        configuration: Configuration = Configuration(),
        options: Gateway.Options = Gateway.Options(),
        backendCount: Int = 1,
        joining: Int = 0,
        healthCheck: HealthCheck = HealthCheck()
    ) throws {
        let loop = try SocketLoop.manual()
        let arrivals = (0..<backendCount + joining).map { _ in Arrivals() }
        self.loop = loop
        self.arrivals = arrivals
        self.listening = try arrivals.map { arrivals in
            try ListeningSocket(
                [SocketAddress(ipAddress: "127.0.0.1", port: 0)],
                on: loop,
                accepted: {
                    arrivals.wires.append(Peer($0.take()))
                    if arrivals.closesAtOnce { arrivals.wires.last?.close() }
                },
                failed: { Issue.record("cannot accept: \($0)") }
            )
        }
        let timer = AdmissionTimer(on: loop)
        self.admission = AdmissionController(
            AdmissionOptions(limits: Limits(parallel: parallel, queue: queue), backendCount: backendCount),
            now: .now(),
            onDeadline: timer.arm
        )
        self.gateway = Gateway(
            configuration: configuration,
            options: options,
            backends: try self.listening.prefix(backendCount).map {
                Backend(host: host, port: try #require($0.address.port), healthCheck: healthCheck)
            },
            admission: self.admission,
            ownRoutes: ownRoutes
                ?? OwnRoutes(
                    ["/queue/*", "/health", "/admin/*"].map { path in
                        OwnRoute(path) { _ in .now(OwnReply(200, body: ownAnswer)) }
                    }
                ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        self.context = LoopContext(eventLoop: loop, index: 0, gateway: self.gateway)
        self.connections = ClientConnections(on: self.context)
    }

    deinit { for socket in self.listening { socket.close() } }

    /// The connections to one of several backends.
    func wires(to backend: Int) -> [Peer] { self.arrivals[backend].wires }

    /// A backend as a gateway is told of it.
    func backend(_ index: Int) throws -> Backend {
        Backend(host: "127.0.0.1", port: try #require(self.listening[index].address.port))
    }

    /// Stops a backend from listening.
    func stopListening(_ backend: Int) { self.listening[backend].close() }

    /// A client that has just connected, and its connection as the gateway has it.
    func client() throws -> (Peer, Connection) {
        let (near, far) = Peer.pair()
        let connection = try Connection(ConnectedSocket(near), on: self.loop, noticesEndWhilePaused: true)
        _ = ClientConnection(connection, among: self.connections, on: self.context)
        return (far, connection)
    }

    /// Lets everything happen that follows from what was done so far.
    func settle() {
        // The kernel hands bytes between two ends of this process at once, so a few turns without news are the end.
        for _ in 0..<20 { self.loop.turn(mayWait: false) }
    }

    /// Makes a backend close each connection as soon as it has accepted it.
    func closeAtOnce(_ backend: Int) { self.arrivals[backend].closesAtOnce = true }

    private final class Arrivals {
        var wires: [Peer] = []
        var closesAtOnce = false
    }
}
