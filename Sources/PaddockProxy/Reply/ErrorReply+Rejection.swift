// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

extension ErrorReply {
    /// The answer to a request that gets no slot.
    ///
    /// - Parameters:
    ///   - rejection: Why.
    ///   - model: The model, where it is known.
    package init(_ rejection: Rejection, model: String?) {
        switch rejection {
        case .queueFull(let seconds):
            let name = model.map { " of model \($0)" } ?? ""
            self.init(
                503,
                "queue_full",
                "the queue\(name) is full: retry in \(seconds) s",
                model: model,
                retryAfter: seconds
            )
        case .shuttingDown(let seconds):
            let message = "Paddock is shutting down: retry in \(seconds) s"
            self.init(503, "shutting_down", message, model: model, retryAfter: seconds)
        case .wouldTimeOut(let seconds):
            let message =
                "the answer would not begin before the request's deadline: retry in \(seconds) s, or wait longer"
            self.init(503, "would_time_out", message, model: model, retryAfter: seconds)
        case .cancelledByAdmin:
            self = .cancelledByAdmin(model: model)
        }
    }
}
