// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Dispatch
package import PaddockAdmission
internal import PaddockClusterAdmission
internal import PaddockConfiguration
internal import PaddockProxy
package import PaddockSockets

/// What the own routes read and change.
package struct GatewayServices: Sendable {
    /// The queues and backends.
    package let admission: AdmissionController
    /// The URLs of the backends.
    package let backends: BackendNames
    /// Who adds and removes backends.
    package let roster: BackendRoster
    /// The source of memory readings.
    package let memory: MemorySource
    /// The logs.
    package let log: ServerLog
    /// The requests that ended last.
    package let history: RequestHistory
    /// What each client does and did.
    package let clients: ClientBoard
    /// What is wrong now.
    package let troubles: TroubleWatch
    /// What the connections of clients do.
    package let connections = ConnectionBoard()
    /// What operators have ordered of clients.
    package let orders: ClientOrders
    /// What the dashboard shows.
    package let dashboard: Dashboard
    /// Usage; nil if it is not kept.
    package let usage: UsageRecorder?
    /// The requests that are kept after their end; nil if none are.
    package let archive: HistoryRecorder?
    /// What happened.
    package let events: EventLog
    /// What operators set at run time.
    package let settings: OperatorSettings
    /// Where the limits of models come from.
    package let limits: LimitOrigins
    /// The clients that operators made at run time.
    package let keys: KeyRing
    /// The files of clients; nil if there is no folder for them.
    package let files: FileStore?
    /// The batch jobs of clients; nil if there is no folder for their files.
    package let batches: BatchRunner?
    /// The cluster that this gateway is a member of; nil if it is of none.
    let cluster: ClusterService?
    /// Makes routes answer for all members.
    let members: ClusterMembers?
    /// The event loops.
    package let loops: [SocketLoop]
    /// Where answers that take long are rendered.
    package let renderer: DispatchQueue
    /// The answer if a model has no queue; the question is the name.
    let unknownModel: SharedAnswer

    /// - Parameters:
    ///   - admission: Who starts, waits and is rejected.
    ///   - backends: The URLs of the backends.
    ///   - memory: Reads the machine's memory.
    ///   - log: The logs.
    ///   - loops: The event loops.
    ///   - kept: What stays over restarts.
    package init(
        admission: AdmissionController,
        backends: BackendNames,
        memory: @escaping MemorySource,
        log: ServerLog,
        loops: [SocketLoop],
        kept: KeptServices
    ) {
        self.admission = admission
        self.history = RequestHistory.arrivals()
        self.clients = ClientBoard(admission, self.history)
        self.orders = ClientOrders(admission, kept.settings)
        self.backends = backends
        self.roster = BackendRoster(admission, backends)
        self.memory = memory
        self.log = log
        self.troubles = TroubleWatch(
            TroubleSources(
                admission: admission,
                backends: backends,
                memory: memory,
                events: kept.events,
                usage: kept.usage,
                history: self.history,
                clients: self.clients,
                orders: self.orders,
                connections: self.connections,
                batches: kept.batches,
                log: log,
                cluster: kept.cluster
            )
        )
        self.limits = LimitOrigins(kept.settings)
        var cluster: (ClusterService, MemberViews)?
        if let service = kept.cluster, let members = kept.members {
            cluster = (service, MemberViews(service, members))
        }
        self.dashboard = Dashboard(
            admission: admission,
            cluster: cluster,
            backends: backends,
            limits: self.limits,
            memory: memory,
            troubles: self.troubles
        )
        self.loops = loops
        self.usage = kept.usage
        self.archive = kept.archive
        self.events = kept.events
        self.settings = kept.settings
        self.keys = kept.keys
        self.files = kept.files
        self.cluster = kept.cluster
        self.members = kept.members
        self.batches = kept.batches
        self.renderer = DispatchQueue(label: "paddock-own-routes")
        self.unknownModel = .unknownModel(admission, on: self.renderer)
    }

    /// The lists of the dashboard's views.
    var dashboardLists: DashboardLists {
        DashboardLists(
            admission: self.admission,
            rendering: RequestRendering(backends: self.backends),
            history: self.history,
            events: self.events,
            places: self.places
        )
    }

    /// Says where requests are in the queue of all members; nil without a cluster.
    var places: ClusterPlaces? {
        self.cluster.flatMap { cluster in self.members.map { ClusterPlaces(cluster, $0) } }
    }

    /// Who decides: this gateway, or for all members of a cluster the queue that this one has as their coordinator.
    var deciding: AdmissionController { self.cluster?.admission.queueForAll ?? self.admission }

    /// Everything at one instant. What is free and what is loaded is that of the whole cluster at its coordinator.
    func snapshot() -> AdmissionSnapshot {
        let own = self.admission.snapshot(now: .now())
        return self.cluster?.placed(own) ?? own
    }

    /// Takes note of what a request has changed.
    ///
    /// - Parameters:
    ///   - kind: what happened.
    ///   - subject: what it is about. Defaults to nil: the gateway.
    ///   - request: the request.
    ///   - change: how it was, and how it is. Defaults to nil: that is not told.
    func note(
        _ kind: GatewayEvent.Kind,
        _ subject: String? = nil,
        by request: OwnRequest,
        change: (before: String, after: String)? = nil
    ) {
        var event = GatewayEvent(kind, subject)
        (event.before, event.after) = (change?.before, change?.after)
        event.actor = request.actor
        self.events.note(event)
    }
}
