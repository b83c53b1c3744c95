// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
package import NIOCore
package import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockSockets
internal import Synchronization

/// The gateway, put together and running.
package final class PaddockServer: Sendable {
    /// What clients connect to; of several the first.
    package let address: SocketAddress
    /// What was decided at start, for people to read.
    package let report: StartReport
    /// The decisions.
    package let admission: AdmissionController
    /// What it writes while it runs.
    package let log: ServerLog
    /// The trace, where one is written.
    let trace: TraceWriter?

    let gateway: Gateway
    let settings: Mutex<ServerSettings>
    let adminGuard: AdminGuard
    private let dashboard: Dashboard
    private let dashboardTask: Task<Void, Never>
    let listener: ProxyListener
    private let group: SocketLoopGroup

    private init(
        gateway: Gateway,
        dashboard: Dashboard,
        listener: ProxyListener,
        group: SocketLoopGroup,
        log: ServerLog,
        trace: TraceWriter?,
        settings: ServerSettings,
        adminGuard: AdminGuard,
        report: StartReport
    ) {
        self.gateway = gateway
        self.dashboard = dashboard
        self.dashboardTask = Task {
            await dashboard.run { path, backend in await listener.fetch(path, from: backend, within: .seconds(5)) }
        }
        self.admission = gateway.admission
        self.listener = listener
        self.address = listener.addresses[0]
        self.group = group
        self.log = log
        self.trace = trace
        self.settings = Mutex(settings)
        self.adminGuard = adminGuard
        self.report = report
    }

    /// Starts a gateway.
    ///
    /// - Parameter options: what to start it with.
    /// - Returns: the gateway, listening.
    /// - Throws: the error of the operating system where the address cannot be listened on; `FileError` where the trace
    ///   cannot be opened.
    package static func start(_ options: ServerOptions) async throws -> PaddockServer {
        let configuration = options.configuration
        let memory = options.memory.read()
        let settings = ServerSettings(options, memory: memory)
        let eventLoops =
            switch configuration.eventLoops {
            case .auto: System.coreCount
            case .count(let count): count
            }
        let group = try SocketLoopGroup(count: eventLoops)
        do {
            let timer = AdmissionTimer(on: group.first)
            let admission = AdmissionController(
                limits: settings.limits,
                policy: settings.policy,
                models: settings.models,
                backendCount: configuration.backends.count,
                backendSlots: configuration.backendSlots,
                now: .now(),
                onDeadline: timer.arm
            )
            let log = ServerLog(
                configuration,
                eventLoops: eventLoops,
                backends: configuration.backends.map(\.url.description)
            )
            let trace = try Self.trace(configuration, eventLoops: eventLoops, log: log)
            let adminGuard = AdminGuard(token: configuration.adminToken?.secret, machineName: MachineName.read())
            let backends = configuration.backends.map {
                Backend(host: $0.url.host, port: $0.url.port, apiKey: $0.apiKey?.secret)
            }
            let dashboard = Dashboard(admission: admission, backends: backends, memory: options.memory)
            let addresses = try await ProxyListener.addresses(
                of: configuration.host,
                port: configuration.port,
                on: group
            )
            let gateway = Self.gateway(
                options,
                listensOnLoopback: addresses.allSatisfy(LoopbackAddress.contains),
                backends: backends,
                admission: admission,
                adminGuard: adminGuard,
                log: log,
                trace: trace,
                dashboard: dashboard,
                loops: group.loops
            )
            let listener = try await ProxyListener.start(
                gateway,
                at: addresses,
                on: group
            )
            let answers = await listener.startProbing(firstWithin: .seconds(2))
            let report = StartReport(
                configuration: configuration,
                addresses: listener.addresses,
                backends: zip(gateway.backends, answers).map { ($0.url, $1) },
                parallel: settings.limits.parallel,
                memory: memory,
                eventLoops: eventLoops
            )
            return PaddockServer(
                gateway: gateway,
                dashboard: dashboard,
                listener: listener,
                group: group,
                log: log,
                trace: trace,
                settings: settings,
                adminGuard: adminGuard,
                report: report
            )
        } catch {
            await group.shutDown()
            throw error
        }
    }

    private static func trace(
        _ configuration: Configuration,
        eventLoops: Int,
        log: ServerLog
    ) throws -> TraceWriter? {
        guard let path = configuration.trace else { return nil }
        return try TraceWriter(
            path: path,
            eventLoops: eventLoops,
            backends: configuration.backends.map(\.url.description),
            logger: log.logger
        )
    }

    private static func gateway(
        _ options: ServerOptions,
        listensOnLoopback: Bool,
        backends: [Backend],
        admission: AdmissionController,
        adminGuard: AdminGuard,
        log: ServerLog,
        trace: TraceWriter?,
        dashboard: Dashboard,
        loops: [SocketLoop]
    ) -> Gateway {
        let history = RequestHistory()
        var gatewayOptions = Gateway.Options()
        gatewayOptions.maxClientConnections = OpenFileLimit.clientConnections
        gatewayOptions.localMachineName = listensOnLoopback ? MachineName.read() : nil
        gatewayOptions.admins = adminGuard
        gatewayOptions.observers = [history, log.access, dashboard.unserved]
        if let trace { gatewayOptions.observers.append(trace) }
        return Gateway(
            settings: GatewaySettings(options.configuration),
            options: gatewayOptions,
            backends: backends,
            admission: admission,
            ownRoutes: OwnRouter(
                admission: admission,
                backends: backends,
                history: history,
                adminGuard: adminGuard,
                memory: options.memory,
                log: log.level,
                dashboard: dashboard,
                loops: loops
            ),
            logger: log.logger
        )
    }

    /// Stops in good order: accepts no more, refuses what waits, lets what is active end.
    ///
    /// Returns when nothing is active any more, or `request_timeout` is over.
    package func drain() async {
        self.log.logger.info("draining", metadata: ["active": "\(self.admission.activeCount)"])
        await self.listener.stopAccepting()
        self.dashboardTask.cancel()
        self.dashboard.feed.end()
        let requestTimeout = self.settings.withLock { $0.configuration.requestTimeout }
        let idle = self.group.first.makePromise(of: Void.self)
        let timer = self.group.first.scheduleTask(in: TimeAmount(requestTimeout)) {
            idle.succeed()
        }
        self.gateway.drain { idle.succeed() }
        try? await idle.futureResult.get()
        timer.cancel()
        // The last bytes of an exchange are sent at the end of the turn of the event loop in which it ended.
        for eventLoop in self.group.loops { try? await eventLoop.submit {}.get() }
    }

    /// Writes what of the trace and the logs is not written yet.
    ///
    /// - Parameter limit: how long each may take; whoever reads may have stopped.
    package func flush(within limit: Duration) async {
        await self.trace?.flush(within: limit)
        await self.log.flush(within: limit)
    }

    /// Closes every connection and ends the event loops.
    package func shutDown() async {
        await self.listener.stopAccepting()
        self.dashboardTask.cancel()
        self.dashboard.feed.end()
        await self.group.shutDown()
    }
}
