// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockClusterAdmission
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockSockets
internal import PaddockStore
internal import PaddockSystem

/// What a gateway consists of before it listens.
struct ServerParts: Sendable {
    /// The configuration, with what operators have set in place of what it says.
    let configuration: Configuration
    /// The reading of the memory from which `auto` was resolved.
    let memory: MemoryReading?
    let settings: ServerSettings
    let group: SocketLoopGroup
    let log: ServerLog
    /// The trace, if one is written.
    let trace: TraceWriter?
    let services: GatewayServices
    /// Who acts on backends for the admission.
    let agent: FleetAgent
    private let backends: [Backend]

    /// - Parameters:
    ///   - loaded: the configuration as it was loaded.
    ///   - memory: the source of memory readings.
    ///   - group: the event loops.
    ///   - store: what stays over restarts; nil if nothing does.
    /// - Throws: `FileError` if the trace cannot be opened; `StoreError` if the store cannot be read.
    init(_ loaded: Configuration, memory: @escaping MemorySource, group: SocketLoopGroup, store: Store?) throws {
        let stored = try store?.settings() ?? []
        let keys = try KeyRing(store)
        let holding = OperatorSetting.holding(stored, beside: loaded)
        let configuration = keys.merged(loaded.applying(holding))
        let reading = memory()
        let settings = ServerSettings(configuration, auto: AutoParallel.limit(reading))
        let names = BackendNames(configuration.backends.map(\.url))
        let backends = configuration.backends.map { Backend($0) }
        let loops = group.loops.count
        let timer = AdmissionTimer(on: group.first)
        let agent = FleetAgent(on: group.first)
        var options = AdmissionOptions(settings)
        options.orders = holding.orders
        let cluster = configuration.cluster.map { settings in
            ClusterService(settings, names) { AdmissionTimer(on: group.first).arm }
        }
        let admission = AdmissionController(
            options,
            now: .now(),
            follower: cluster?.admission,
            onDeadline: timer.arm,
            onCommand: agent.perform
        )
        cluster?.admission.attach(admission, now: .now())
        self.agent = agent
        let log = ServerLog(configuration, eventLoops: loops, backends: names)
        self.trace = try configuration.trace.map {
            try TraceWriter(path: $0, eventLoops: loops, backends: names, logger: log.logger)
        }
        let events = try EventLog(store, log.logger)
        let usage = try store.map { (store) throws(StoreError) in
            try UsageRecorder(store, eventLoops: loops, daysKept: configuration.usageDays, events: events)
        }
        let days = configuration.historyDays
        let archive =
            days == 0
            ? nil
            : store.map { store in
                HistoryRecorder(store, backends: names, eventLoops: loops, daysKept: days, logger: log.logger)
            }
        let files = try store.flatMap { (store) throws(StoreError) in
            try FileStore(store, limits: FileLimits(configuration), member: configuration.cluster?.name)
        }
        let batches = try store.flatMap { (store) throws(StoreError) in
            try files.map { (files) throws(StoreError) in
                try BatchRunner(store, files, slots: configuration.batchParallel, logger: log.logger, events: events)
            }
        }
        // Before anybody asks: what a client has used today counts.
        try usage?.count(options.quotas, in: admission)
        let kept = OperatorSettings(loaded, stored: stored, store: store, logger: log.logger)
        for url in kept.drained {
            guard let index = names.index(of: url) else { continue }
            // The last one stays open, as nothing would be served.
            _ = admission.closeBackend(index, isRemoved: false, now: .now())
        }
        var services = KeptServices(events: events, settings: kept, keys: keys)
        (services.usage, services.archive) = (usage, archive)
        (services.files, services.batches) = (files, batches)
        services.cluster = cluster
        services.members = cluster.map { ClusterMembers($0, on: group.first, kept, keys, log.logger) }
        self.services = GatewayServices(
            admission: admission,
            backends: names,
            memory: memory,
            log: log,
            loops: group.loops,
            kept: services
        )
        self.services.clients.declare(configuration.clients)
        self.backends = backends
        self.configuration = configuration
        self.memory = reading
        self.settings = settings
        self.group = group
        self.log = log
    }

    /// The gateway.
    ///
    /// - Parameter addresses: where it will listen.
    func gateway(at addresses: [SocketAddress]) -> Gateway {
        var options = Gateway.Options()
        options.maxClientConnections = OpenFileLimit.clientConnections
        options.machineName = MachineName.read()
        options.needsLocalHost = addresses.allSatisfy(\.isLoopback)
        options.observers = [EndedRequests(self.services, access: self.log.access, trace: self.trace)]
        options.events = self.services.events
        return Gateway(
            configuration: self.configuration,
            options: options,
            backends: self.backends,
            admission: self.services.admission,
            ownRoutes: OwnRoutes(self.services),
            logger: self.log.logger
        )
    }
}
