// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

extension ErrorReply {
    /// The answer to a request that comes while Paddock drains, and belongs to no queue.
    static let shuttingDown = ErrorReply(.shuttingDown(retryAfter: 1), model: nil)

    /// The answer to a request that gets no slot.
    ///
    /// - Parameters:
    ///   - rejection: Why.
    ///   - model: The model, where it is known.
    package init(_ rejection: Rejection, model: String?) {
        switch rejection {
        case .queueFull(let waiting, let seconds):
            let name = model.map { " of \($0)" } ?? ""
            let problem =
                waiting > 0
                ? "the queue\(name) is full (\(waiting) waiting)"
                : "all slots\(name) are taken, and no request may wait"
            self.init(503, "queue_full", "\(problem); retry in \(seconds) s", model: model, retryAfter: seconds)
        case .shuttingDown(let seconds):
            let message = "Paddock is shutting down; retry in \(seconds) s"
            self.init(503, "shutting_down", message, model: model, retryAfter: seconds)
        case .wouldTimeOut(let firstByte, let left, let seconds):
            let message =
                "the answer would begin in about \(firstByte.shortSecondsText) s, and \(left.shortSecondsText) s are left"
                + " until the request's deadline; retry in \(seconds) s, or allow more time"
            self.init(503, "would_time_out", message, model: model, retryAfter: seconds)
        case .cancelledByAdmin:
            self = .cancelledByAdmin(model: model)
        }
    }
}
