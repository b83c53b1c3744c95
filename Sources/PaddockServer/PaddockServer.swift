// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
internal import NIOPosix
package import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockProxy

/// The gateway, put together and running.
package final class PaddockServer: Sendable {
    /// What clients connect to.
    package let address: SocketAddress
    /// What was decided at start, for people to read.
    package let report: StartReport
    /// The decisions.
    package let admission: AdmissionController

    private let gateway: Gateway
    private let dashboard: Dashboard
    private let dashboardTask: Task<Void, Never>
    private let listener: ProxyListener
    private let group: MultiThreadedEventLoopGroup
    private let drainTimeout: Duration

    private init(
        gateway: Gateway,
        dashboard: Dashboard,
        listener: ProxyListener,
        group: MultiThreadedEventLoopGroup,
        report: StartReport,
        drainTimeout: Duration
    ) {
        self.gateway = gateway
        self.dashboard = dashboard
        self.dashboardTask = Task {
            await dashboard.run { path, backend in await listener.fetch(path, from: backend, within: .seconds(5)) }
        }
        self.admission = gateway.admission
        self.listener = listener
        self.address = listener.address
        self.group = group
        self.report = report
        self.drainTimeout = drainTimeout
    }

    /// Starts a gateway.
    ///
    /// - Parameter options: what to start it with.
    /// - Returns: the gateway, listening.
    /// - Throws: the error of the operating system where the address cannot be listened on.
    package static func start(_ options: ServerOptions) async throws -> PaddockServer {
        let configuration = options.configuration
        let memory = options.memory.read()
        let parallel =
            switch configuration.parallelLimit {
            case .auto: AutoParallel.limit(memory)
            case .count(let count): count
            }
        let eventLoops =
            switch configuration.eventLoops {
            case .auto: System.coreCount
            case .count(let count): count
            }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
        do {
            let timer = AdmissionTimer(on: group.next())
            let admission = AdmissionController(
                limits: Limits(parallel: parallel, queue: configuration.queueLimit),
                policy: AdmissionPolicy(configuration),
                models: Self.namedModels(configuration),
                backendCount: configuration.backends.count,
                now: .now(),
                onDeadline: timer.arm
            )
            let backends = configuration.backends.map { Backend(host: $0.host, port: $0.port) }
            let dashboard = Dashboard(admission: admission, backends: backends, memory: options.memory)
            let gateway = Self.gateway(options, backends: backends, admission: admission, dashboard: dashboard)
            let listener = try await ProxyListener.start(
                gateway,
                host: configuration.host,
                port: configuration.port,
                on: group
            )
            let answers = await listener.startProbing(firstWithin: .seconds(2))
            let report = StartReport(
                configuration: configuration,
                address: listener.address,
                backends: zip(gateway.backends, answers).map { ($0.url, $1) },
                parallel: parallel,
                memory: memory,
                eventLoops: eventLoops
            )
            return PaddockServer(
                gateway: gateway,
                dashboard: dashboard,
                listener: listener,
                group: group,
                report: report,
                drainTimeout: configuration.requestTimeout
            )
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func namedModels(_ configuration: Configuration) -> [ModelName: LimitOverrides] {
        var models: [ModelName: LimitOverrides] = [:]
        for model in configuration.models {
            guard let name = ModelName(model.model) else { continue }
            models[name] = LimitOverrides(parallel: model.parallelLimit, queue: model.queueLimit)
        }
        return models
    }

    private static func gateway(
        _ options: ServerOptions,
        backends: [Backend],
        admission: AdmissionController,
        dashboard: Dashboard
    ) -> Gateway {
        let configuration = options.configuration
        var limits = Gateway.Options()
        limits.requestTimeout = configuration.requestTimeout
        limits.queueKeepalive = configuration.queueKeepalive
        limits.maxBodyBytes = configuration.maxBodyBytes
        limits.maxQueuedBytes = configuration.maxQueuedBytes
        limits.localMachineName = LoopbackAddress.contains(configuration.host) ? MachineName.read() : nil
        let history = RequestHistory()
        return Gateway(
            options: limits,
            backends: backends,
            admission: admission,
            ownRoutes: OwnRouter(
                admission: admission,
                backends: backends,
                history: history,
                adminToken: configuration.adminToken?.secret,
                memory: options.memory,
                dashboard: dashboard
            ),
            clients: ClientDirectory(configuration),
            observers: [history, dashboard.unserved]
        )
    }

    /// Stops in good order: accepts no more, refuses what waits, lets what is active end.
    ///
    /// Returns when nothing is active any more, or `request_timeout` is over.
    package func drain() async {
        await self.listener.stopAccepting()
        self.dashboardTask.cancel()
        self.dashboard.feed.end()
        let idle = self.group.next().makePromise(of: Void.self)
        let timer = self.group.next().scheduleTask(in: TimeAmount(self.drainTimeout)) { idle.succeed() }
        self.gateway.drain { idle.succeed() }
        try? await idle.futureResult.get()
        timer.cancel()
    }

    /// Closes every connection and ends the event loops.
    package func shutDown() async {
        await self.listener.stopAccepting()
        self.dashboardTask.cancel()
        self.dashboard.feed.end()
        try? await self.group.shutdownGracefully()
    }
}
