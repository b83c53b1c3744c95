// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a request that held a slot ended.
package enum Outcome: Hashable, Sendable {
    /// The backend answered in full, whatever its status.
    ///
    /// The status tells whether the backend knows the model: one that was only ever answered with 404 is forgotten.
    case completed(status: Int)
    /// The backend could not be reached, broke off, or spoke nonsense.
    case failed
    /// The deadline came while the request was active.
    case timedOut
    /// The client went away while the request was active.
    case cancelled

    /// Whether the backend answered with an error.
    ///
    /// Such an answer counts as completed, but in no measure of how long requests take: a refusal in a millisecond, or a failure
    /// after a minute, tells nothing about the next request.
    package var isErrorReply: Bool {
        if case .completed(let status) = self { status >= 400 } else { false }
    }
}
