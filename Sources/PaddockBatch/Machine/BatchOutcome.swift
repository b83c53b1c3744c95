// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a request of a job ended at the gateway.
package enum BatchOutcome: Equatable, Sendable {
    /// With a reply that is an answer.
    case answered
    /// With an error that another try would not change.
    case refused
    /// The gateway or the backend takes no such request now, and nothing was begun. It is tried again until the window ends.
    ///
    /// - Parameter retryAfter: after how many seconds; nil if that is not known.
    case busy(retryAfter: Int?)
    /// A backend failed. It is tried again a few times.
    case failed
    /// The machine asked for its end, or the gateway stops. It is as if it had not been tried.
    case cancelled

    /// The outcome of a request that a backend replied to.
    ///
    /// - Parameters:
    ///   - status: the status of the reply.
    ///   - retryAfter: its `Retry-After` in seconds; nil if it has none.
    package init(backendStatus status: Int, retryAfter: Int?) {
        switch status {
        case 200..<300: self = .answered
        case 429: self = .busy(retryAfter: retryAfter)
        case 300..<500: self = .refused
        default: self = .failed
        }
    }
}
