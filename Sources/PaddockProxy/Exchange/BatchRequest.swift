// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockBatch

/// A request of a batch job.
package struct BatchRequest: Sendable {
    /// The client whose job it is.
    package let owner: String
    /// Its route.
    package let endpoint: BatchEndpoint
    /// Its body.
    package let body: [UInt8]

    /// - Parameters:
    ///   - owner: the client whose job it is.
    ///   - endpoint: its route.
    ///   - body: its body.
    package init(of owner: String, to endpoint: BatchEndpoint, body: [UInt8]) {
        self.owner = owner
        self.endpoint = endpoint
        self.body = body
    }
}

/// How a request of a batch job ended.
package struct BatchReply: Sendable {
    /// Its `X-Request-ID`.
    package let requestID: String
    /// The status of the reply, or of the error that a client would have got.
    package var status = 0
    /// The body of the reply, or of the error.
    package var body: [UInt8] = []
    /// What follows for its job.
    package var outcome = BatchOutcome.cancelled

    /// A request that was ended before it had a reply.
    ///
    /// - Parameter requestID: its `X-Request-ID`.
    package init(_ requestID: String) { self.requestID = requestID }
}

extension BatchOutcome {
    /// The outcome of a request that had no reply.
    init(_ cause: ErrorCause) {
        let entry = cause.entry
        switch cause {
        case .backendUnreachable, .outOfResources: self = .busy(retryAfter: cause.retryAfter)
        case .rejected(.cancelledByAdmin), .cancelledByAdmin: self = .refused
        default:
            switch entry.status {
            case 429, 503: self = .busy(retryAfter: cause.retryAfter)
            case 400..<500: self = .refused
            default: self = .failed
            }
        }
    }
}
