// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
package import NIOCore
internal import PaddockAdmission
package import PaddockConfiguration
internal import PaddockProxy
internal import PaddockSockets
package import PaddockStore
internal import Synchronization

/// The gateway, put together and running.
package final class PaddockServer: Sendable {
    /// What clients connect to; of several the first.
    package let address: SocketAddress
    /// What is printed at start.
    package let report: StartReport
    /// Its messages and the access log.
    package let log: ServerLog
    /// The trace, if one is written.
    let trace: TraceWriter?
    /// What happened.
    let events: EventLog
    /// Usage, if it is kept.
    let usage: UsageRecorder?
    /// The requests that are kept after their end, if any are.
    let archive: HistoryRecorder?
    /// The files of clients, if there is a folder for them.
    let files: FileStore?
    /// The batch jobs of clients, if there is a folder for their files.
    let batches: BatchRunner?
    /// What operators set at run time.
    let operatorSettings: OperatorSettings
    /// Where the limits of models come from.
    let limits: LimitOrigins
    /// The clients that operators made at run time.
    let keys: KeyRing
    /// What each client does and did.
    let clients: ClientBoard
    /// What operators have ordered of clients.
    let orders: ClientOrders
    let settings: Mutex<ServerSettings>
    let listener: ProxyListener
    let gateway: Gateway
    /// The URLs of the backends.
    let backends: BackendNames
    /// Who adds and removes backends.
    let roster: BackendRoster
    let dashboard: Dashboard
    /// The cluster that this gateway is a member of; nil if it is of none.
    let cluster: ClusterService?
    /// Follows what happens, for the dashboard and for the list of what is wrong.
    private let watching: Task<Void, Never>
    private let group: SocketLoopGroup

    private init(_ parts: ServerParts, _ gateway: Gateway, _ listener: ProxyListener, _ report: StartReport) {
        let dashboard = parts.services.dashboard
        let lists = parts.services.dashboardLists
        self.gateway = gateway
        self.backends = parts.services.backends
        self.roster = parts.services.roster
        self.dashboard = dashboard
        let (troubles, logger) = (parts.services.troubles, parts.log.logger)
        self.watching = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await troubles.run(logger) }
                group.addTask {
                    await dashboard.run(lists) { path, backend in
                        await listener.fetch(path, from: backend, within: .seconds(5))
                    }
                }
            }
        }
        self.listener = listener
        self.cluster = parts.services.cluster
        self.address = listener.addresses[0]
        self.group = parts.group
        self.log = parts.log
        self.trace = parts.trace
        self.events = parts.services.events
        self.usage = parts.services.usage
        self.archive = parts.services.archive
        self.files = parts.services.files
        self.batches = parts.services.batches
        self.operatorSettings = parts.services.settings
        self.limits = parts.services.limits
        self.keys = parts.services.keys
        self.clients = parts.services.clients
        self.orders = parts.services.orders
        self.settings = Mutex(parts.settings)
        self.report = report
    }

    /// Starts a gateway.
    ///
    /// - Parameters:
    ///   - configuration: the configuration, every value of it effective.
    ///   - origins: where its values come from. Defaults to the defaults.
    ///   - store: what stays over restarts. Defaults to nil: nothing does.
    ///   - memory: the source of memory readings. Defaults to the system.
    /// - Returns: the gateway, listening.
    /// - Throws: the error of the operating system if the address cannot be listened on; `FileError` if the trace cannot be
    ///   opened; `StoreError` if the store cannot be read.
    package static func start(
        _ configuration: Configuration,
        origins: ValueOrigins = ValueOrigins(),
        store: Store? = nil,
        memory: @escaping MemorySource = SystemMemory.read
    ) async throws -> PaddockServer {
        let eventLoops = Self.loopCount(configuration)
        let group = try SocketLoopGroup(count: eventLoops)
        do {
            let parts = try ServerParts(configuration, memory: memory, group: group, store: store)
            let addresses = try await ProxyListener.addresses(
                of: configuration.host,
                port: configuration.port,
                on: group
            )
            let gateway = parts.gateway(at: addresses)
            let listener = try await ProxyListener.start(gateway, at: addresses, on: group)
            if let cluster = parts.services.cluster, let members = parts.services.members {
                try await cluster.start(
                    ClusterLog(cluster.settings.name, parts.services.events, parts.log.logger),
                    members,
                    keepingIn: store
                )
            }
            let answers = await listener.startProbing(firstWithin: .seconds(2), parts.agent)
            let parallel = parts.settings.limits.parallel
            let facts = await Self.facts(parts.configuration, answers: answers, listener)
            let warnings = ConfigurationReview(parts.configuration, parallel: parallel, backends: facts).warnings
            for warning in warnings { parts.log.logger.warning("\(warning)") }
            let set = parts.services.settings.all
            let resolved = Resolved(parallel: parallel, memory: parts.memory, eventLoops: eventLoops)
            parts.services.limits.update(origins, auto: resolved.parallelReason(parts.configuration))
            let report = StartReport(
                configuration: parts.configuration,
                origins: set.reduce(into: origins) { $0[$1.stored.key] = "set at run time" },
                addresses: listener.addresses,
                backends: zip(gateway.backends, answers).map { ($0.url, $1) },
                resolved: resolved,
                further: StartReport.state(store?.place, set)
            )
            let server = PaddockServer(parts, gateway, listener, report)
            await server.roster.start(listener, parts.configuration.backends) { [weak server] in
                server?.backendsChanged()
            }
            parts.services.connections.start { await listener.surveyConnections() }
            server.operatorSettings.start { [weak server] key, with, without in
                await server?.changed(key, with: with, without: without)
            }
            server.files?.start(server.log.logger)
            server.batches?.start { listener.run($0, done: $1) }
            server.keys.start(server.log.logger) { [weak server] in server?.keysChanged() }
            var event = GatewayEvent(.started)
            event.after = "Paddock \(PaddockVersion.text)"
            server.events.note(event)
            return server
        } catch {
            await group.shutDown()
            throw error
        }
    }

    /// How many event loops a configuration means.
    static func loopCount(_ configuration: Configuration) -> Int {
        switch configuration.eventLoops {
        case .auto: System.coreCount
        case .count(let count): count
        }
    }

    /// What can be known at once of the backends. Which models they have is asked only if the configuration names any.
    private static func facts(
        _ configuration: Configuration,
        answers: [Bool],
        _ listener: ProxyListener
    ) async -> [BackendFacts] {
        let processes = OllamaProcess.running()
        let asks = !configuration.models.isEmpty
        return await withTaskGroup(of: (Int, BackendFacts).self) { group in
            for (index, backend) in configuration.backends.enumerated() {
                let answers = asks && answers[index]
                group.addTask {
                    var facts = BackendFacts()
                    if answers {
                        facts = BackendFacts(
                            tags: await listener.fetch("/api/tags", from: BackendIndex(index), within: .seconds(1))
                        )
                    }
                    facts.add(processes, at: backend.url)
                    return (index, facts)
                }
            }
            var facts = [BackendFacts](repeating: BackendFacts(), count: configuration.backends.count)
            for await (index, found) in group { facts[index] = found }
            return facts
        }
    }

    /// Stops gracefully: accepts no more connections, rejects waiting requests, lets active ones end.
    ///
    /// Returns when nothing is active any more, or `request_timeout` is over.
    package func drain() async {
        var event = GatewayEvent(.draining)
        event.before = "\(self.gateway.admission.activeCount)"
        event.actor = .signal("SIGTERM")
        self.events.note(event)
        self.cluster?.stop()
        await self.listener.stopAccepting()
        self.watching.cancel()
        self.dashboard.endFeeds()
        self.events.endFollowers()
        let requestTimeout = self.settings.withLock { $0.configuration.requestTimeout }
        let idle = self.group.first.makePromise(of: Void.self)
        let timer = self.group.first.scheduleTask(in: TimeAmount(requestTimeout)) {
            idle.succeed()
        }
        self.batches?.stop()
        self.gateway.drain { idle.succeed() }
        try? await idle.futureResult.get()
        timer.cancel()
        // The last bytes of an exchange are sent at the end of the turn of the event loop in which it ended.
        for eventLoop in self.group.loops { try? await eventLoop.submit {}.get() }
        await self.cluster?.leave()
        self.log.logger.summary(self.gateway.admission.snapshot(now: .now()).lifetime)
    }

    /// Writes the usage, and the lines of the trace and the logs, that are still in memory.
    ///
    /// - Parameter limit: how long each may take; the reader may have stopped, or the disk may hang.
    package func flush(within limit: Duration) async {
        await self.batches?.flush(within: limit)
        await self.usage?.flush(within: limit)
        await self.archive?.flush(within: limit)
        await self.events.flush(within: limit)
        await self.trace?.flush(within: limit)
        await self.log.flush(within: limit)
    }

    /// Closes every connection and ends the event loops.
    package func shutDown() async {
        await self.cluster?.leave()
        await self.listener.stopAccepting()
        self.watching.cancel()
        self.dashboard.endFeeds()
        self.events.endFollowers()
        await self.group.shutDown()
    }
}
