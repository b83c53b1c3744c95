// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a request ended, recorded or replayed; the raw value is the name in traces.
package enum ReplayOutcome: String, CaseIterable, Sendable {
    /// It was answered in full.
    case completed
    /// It got no slot.
    case rejected
    /// Its backend could not be reached, broke off, or spoke nonsense.
    case failed
    /// Its deadline came.
    case timedOut = "timed_out"
    /// Its client went away, or an operator cancelled it.
    case cancelled
    /// It got no slot, as its first byte would have come behind its deadline.
    case wouldTimeOut = "would_time_out"

    init(_ outcome: Outcome) {
        switch outcome {
        case .completed: self = .completed
        case .failed: self = .failed
        case .timedOut: self = .timedOut
        case .cancelled: self = .cancelled
        }
    }

    init(_ rejection: Rejection) {
        switch rejection {
        case .queueFull, .shuttingDown: self = .rejected
        case .wouldTimeOut: self = .wouldTimeOut
        case .cancelledByAdmin: self = .cancelled
        }
    }
}
