// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A change of the gateway, or of what is behind it: for those who ask later what happened and who did it.
package struct GatewayEvent: Equatable, Sendable {
    /// What happened.
    package var kind: Kind
    /// When.
    package var time: TimeOfDay
    /// What it is about, as `kind.subject` says: the name of a model, the URL of a backend and so on; nil if it is about the gateway.
    package var subject: String?
    /// How it was.
    package var before: String?
    /// How it is.
    package var after: String?
    /// Why.
    package var reason: String?
    /// Who did it.
    package var actor = Actor.gateway

    /// - Parameters:
    ///   - kind: what happened.
    ///   - subject: what it is about. Defaults to nil: the gateway.
    ///   - time: when. Defaults to now.
    package init(_ kind: Kind, _ subject: String? = nil, time: TimeOfDay = .now()) {
        self.kind = kind
        self.subject = subject
        self.time = time
    }

    /// Who did something.
    package enum Actor: Equatable, Sendable {
        /// Nobody: it happened.
        case gateway
        /// The process was told by a signal, such as `SIGHUP`.
        case signal(String)
        /// A request to one of our own routes.
        ///
        /// - Parameters:
        ///   - hasToken: whether it carried the admin token; if not it came from this machine.
        ///   - address: where it came from; empty if that is not known.
        ///   - tool: its `User-Agent`; empty if it had none.
        case request(hasToken: Bool, address: String, tool: String)
    }
}

extension GatewayEvent {
    /// What can happen. Each kind is described here once; contract, log, route and command take it from here.
    ///
    /// Nothing that a client can cause at will is among them: it would push out what operators did.
    package enum Kind: String, CaseIterable, Sendable {
        case started
        case draining
        case reloaded
        case reloadFailed = "reload_failed"
        case limitsSet = "limits_set"
        case modelUnloaded = "model_unloaded"
        case modelPinned = "model_pinned"
        case modelUnpinned = "model_unpinned"
        case logLevelSet = "log_level_set"
        case settingUnset = "setting_unset"
        case statisticsReset = "statistics_reset"
        case requestCancelled = "request_cancelled"
        case backendUp = "backend_up"
        case backendDown = "backend_down"
        case backendSick = "backend_sick"
        case backendWedged = "backend_wedged"
        case backendRecovered = "backend_recovered"
        case swapping
        case swappingEnded = "swapping_ended"
        case backendOpened = "backend_opened"
        case backendDrained = "backend_drained"
        case backendRemoved = "backend_removed"
        case clientAdded = "client_added"
        case clientChanged = "client_changed"
        case clientRotated = "client_rotated"
        case clientRevoked = "client_revoked"
        case clientPaused = "client_paused"
        case clientResumed = "client_resumed"
        case clientCapped = "client_capped"
        case batchStuck = "batch_stuck"
        case batchCancelled = "batch_cancelled"
        case storeFailed = "store_failed"
        case storeWorks = "store_works"
        case clusterCoordinator = "cluster_coordinator"
        case clusterMemberJoined = "cluster_member_joined"
        case clusterMemberLeft = "cluster_member_left"
        case clusterAlone = "cluster_alone"
        case clusterStoreLost = "cluster_store_lost"
        case clusterStoreBack = "cluster_store_back"
    }

    /// What an event is about.
    package enum Subject: String, Sendable {
        case model, backend, client, request, setting, batch, member
    }
}

extension GatewayEvent.Kind {
    /// What its subject is; nil if it is about the gateway.
    package var subject: GatewayEvent.Subject? {
        switch self {
        case .started, .draining, .reloaded, .reloadFailed, .logLevelSet, .storeFailed, .storeWorks, .clusterAlone,
            .clusterStoreLost, .clusterStoreBack:
            nil
        case .limitsSet, .statisticsReset, .modelUnloaded, .modelPinned, .modelUnpinned: .model
        case .settingUnset: .setting
        case .requestCancelled: .request
        case .backendUp, .backendDown, .backendSick, .backendWedged, .backendRecovered, .swapping, .swappingEnded,
            .backendOpened, .backendDrained, .backendRemoved:
            .backend
        case .clientAdded, .clientChanged, .clientRotated, .clientRevoked, .clientPaused, .clientResumed,
            .clientCapped:
            .client
        case .batchStuck, .batchCancelled: .batch
        case .clusterCoordinator, .clusterMemberJoined, .clusterMemberLeft: .member
        }
    }

    /// What happened, as the log says it.
    package var message: String {
        switch self {
        case .started: "started"
        case .draining: "draining"
        case .reloaded: "configuration reloaded"
        case .reloadFailed: "configuration not reloaded: nothing has changed"
        case .limitsSet: "the limits of a model were set"
        case .modelUnloaded: "a model was unloaded"
        case .modelPinned: "a model was pinned: it is kept loaded"
        case .modelUnpinned: "a model is not pinned any more: it gives way to others"
        case .logLevelSet: "the level of messages was set"
        case .settingUnset: "a setting made at run time was taken back"
        case .statisticsReset: "statistics were reset"
        case .requestCancelled: "a request was cancelled"
        case .backendUp: "a backend answers again"
        case .backendDown: "a backend does not answer"
        case .backendSick: "the requests of a backend do not go well"
        case .backendWedged: "a backend loads no models any more; it may have to be started again"
        case .backendRecovered: "a backend works well again"
        case .swapping: "a backend spends its time on loading models"
        case .swappingEnded: "a backend spends its time on requests again"
        case .backendOpened: "a backend gets requests"
        case .backendDrained: "a backend gets no more requests"
        case .backendRemoved: "a backend was removed"
        case .clientAdded: "a client was made"
        case .clientChanged: "the limits of a client were changed"
        case .clientRotated: "a client got another key"
        case .clientRevoked: "a client and its keys were revoked"
        case .clientPaused: "a client was paused: nothing of it starts"
        case .clientResumed: "a client goes on"
        case .clientCapped: "how many requests of a client run at once was set"
        case .batchStuck: "a batch job cannot be written, and waits until it can"
        case .batchCancelled: "an operator cancelled a batch job"
        case .storeFailed: "the store cannot be written: usage stays in memory and is tried again"
        case .storeWorks: "the store is written again"
        case .clusterCoordinator: "a member of the cluster coordinates it from now on"
        case .clusterMemberJoined: "a member of the cluster is linked"
        case .clusterMemberLeft: "a member of the cluster has left"
        case .clusterAlone: "this member of the cluster has lost its coordinator"
        case .clusterStoreLost: "the store of the cluster does not answer"
        case .clusterStoreBack: "the store of the cluster answers again"
        }
    }

    /// Whether an operator should look at it.
    package var isTrouble: Bool {
        switch self {
        case .reloadFailed, .backendDown, .backendSick, .backendWedged, .swapping, .batchStuck, .storeFailed,
            .clusterAlone, .clusterStoreLost:
            true
        default: false
        }
    }
}

/// Takes note of what happens.
package protocol EventSink: Sendable {
    /// Takes note of an event; from any thread, without blocking.
    func note(_ event: GatewayEvent)
}
