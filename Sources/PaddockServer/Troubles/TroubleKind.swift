// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What can be wrong. Each kind is described here once; routes, commands and the page take it from here.
package enum TroubleKind: String, CaseIterable, Sendable {
    /// No backend answers.
    case noBackend = "no_backend"
    /// A backend does not answer.
    case backendDown = "backend_down"
    /// A backend answers, but its requests fail, are refused or get nothing.
    case backendSick = "backend_sick"
    /// A backend loads no models any more.
    case backendWedged = "backend_wedged"
    /// Backends answer with errors of their own.
    case errors
    /// Backends refuse many requests as wrong.
    case clientErrors = "client_errors"
    /// Requests fail on their way.
    case failing
    /// Requests end at their deadline.
    case timingOut = "timing_out"
    /// Requests are rejected, or told that they would be too late.
    case rejecting
    /// Requests name models that no backend has.
    case unknownModel = "unknown_model"
    /// Requests wait for long.
    case longWaits = "long_waits"
    /// Replies begin far later than they usually do.
    case slow
    /// A client is paused.
    case clientPaused = "client_paused"
    /// One address keeps most of the connections that there may be.
    case connections
    /// A client does not read what it asked for.
    case notReading = "not_reading"
    /// One client has most of what waits, or sends what is refused.
    case clientFlooding = "client_flooding"
    /// A queue is nearly full.
    case queueNearlyFull = "queue_nearly_full"
    /// A backend serves fewer requests at once than the limit lets through.
    case limitAboveBackend = "limit_above_backend"
    /// A backend spends its time on loading models.
    case swapping
    /// A batch job will not end within its window.
    case batchLate = "batch_late"
    /// Open files and connections come near the limit of the process.
    case filesNearlyUsedUp = "files_nearly_used_up"
    /// The machine of the gateway has hardly any memory left.
    case memoryLow = "memory_low"
    /// Usage and events cannot be written.
    case storeFailing = "store_failing"
    /// Lines of the logs are lost.
    case logLost = "log_lost"
    /// A changed configuration is not in effect.
    case reloadFailed = "reload_failed"
    /// This member of a cluster has no coordinator.
    case noCoordinator = "no_coordinator"
    /// Another member of the cluster does not answer this one.
    case memberSilent = "member_silent"
    /// A member has another configuration than the coordinator.
    case membersDiffer = "members_differ"
    /// The store by which the members of a cluster find each other does not answer.
    case clusterStoreDown = "cluster_store_down"
}

extension TroubleKind {
    /// The alert rules of `deploy/prometheus/alerts.yaml` for the same trouble; none if metrics do not tell.
    package var alerts: [String] {
        switch self {
        case .noBackend: ["PaddockNoBackend"]
        case .backendDown: ["PaddockBackendDown"]
        case .backendSick: ["PaddockBackendInTrouble"]
        case .backendWedged: ["PaddockBackendWedged"]
        case .failing: ["PaddockFailing"]
        case .timingOut: ["PaddockTimingOut"]
        case .rejecting: ["PaddockRejecting"]
        case .queueNearlyFull: ["PaddockQueueNearlyFull"]
        case .swapping: ["PaddockSwapping"]
        case .filesNearlyUsedUp: ["PaddockFilesNearlyUsedUp"]
        case .storeFailing: ["PaddockStoreFails"]
        case .logLost: ["PaddockLogLost"]
        case .errors: ["PaddockBackendErrors"]
        case .clientErrors: ["PaddockWrongRequests"]
        case .unknownModel: ["PaddockUnknownModels"]
        case .noCoordinator: ["PaddockNoCoordinator", "PaddockMemberAlone"]
        case .memberSilent: ["PaddockMemberSilent"]
        case .clusterStoreDown: ["PaddockClusterStoreDown"]
        case .longWaits, .slow, .clientFlooding, .clientPaused, .connections, .notReading, .limitAboveBackend,
            .batchLate, .memoryLow, .reloadFailed, .membersDiffer:
            []
        }
    }

    /// How long it has to last until it is listed. What makes requests fail is listed at once.
    var delay: Nanoseconds {
        switch self {
        case .queueNearlyFull, .limitAboveBackend, .memoryLow, .noCoordinator, .memberSilent: .seconds(10)
        case .longWaits, .slow: .seconds(2)
        default: .zero
        }
    }

    /// Whether its beginning is an event (contract section 24), whose line in the log is enough.
    var isEvent: Bool {
        switch self {
        case .backendDown, .backendSick, .backendWedged, .swapping, .storeFailing, .reloadFailed, .clusterStoreDown:
            true
        default: false
        }
    }

    /// The view of the dashboard that shows it if it is about no model, backend or client.
    var view: String {
        switch self {
        case .noBackend: "fleet"
        case .errors, .clientErrors, .failing, .timingOut, .rejecting, .unknownModel, .queueNearlyFull: "models"
        case .storeFailing, .reloadFailed: "events"
        default: "overview"
        }
    }
}
