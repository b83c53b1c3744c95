// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a request ended: the one list for statistics, metrics, log, trace, history and replay.
///
/// The raw values are what clients and operators see (contract section 19). A new ending is a case here, and a line in ``total``.
package enum Ending: String, CaseIterable, Sendable {
    /// It was answered in full, by a backend or as an own route, whatever the status.
    case completed
    /// It got no slot, or nothing was served any more.
    case rejected
    /// The backend could not be reached, broke off, ended its stream with an error, or did not speak HTTP.
    case failed
    /// Its deadline came.
    case timedOut = "timed_out"
    /// The client went away, or an operator cancelled it.
    case cancelled
    /// It got no slot, as its first byte would have come behind its deadline.
    case wouldTimeOut = "would_time_out"
    /// Paddock answered it with a status of 400 to 499; it counts in no statistics of a model.
    case refused

    /// What statistics, usage and metrics have a number for.
    package enum Total: Sendable {
        case completed, rejected, failed, timedOut, cancelled, wouldTimeOut, refused
    }

    /// As what it counts.
    package var total: Total {
        switch self {
        case .completed: .completed
        case .rejected: .rejected
        case .failed: .failed
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        case .wouldTimeOut: .wouldTimeOut
        case .refused: .refused
        }
    }

    /// Those of requests that came to the admission.
    package static let ofArrivals: [Ending] = [.completed, .rejected, .failed, .timedOut, .cancelled, .wouldTimeOut]

    /// How a rejected request ended.
    package init(_ rejection: Rejection) {
        switch rejection {
        case .queueFull, .shuttingDown, .overQuota, .noBackend: self = .rejected
        case .wouldTimeOut: self = .wouldTimeOut
        case .cancelledByAdmin: self = .cancelled
        }
    }

    /// The ending of a request that came to the admission, by its visible name.
    package init?(arrivalRawValue: String) {
        guard let ending = Ending(rawValue: arrivalRawValue), ending != .refused else { return nil }
        self = ending
    }
}
