// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockBase

extension Logger {
    /// Says why a request failed; the access log has the code alone.
    ///
    /// - Parameters:
    ///   - id: the request's id.
    ///   - error: what its client was told.
    func requestFailed(_ id: String, _ error: ErrorReply) {
        self.debug(
            "a request failed",
            metadata: [
                "id": "\(id)", "code": "\(error.code)", "cause": "\(error.cause?.rawValue ?? "-")",
                "reason": "\(error.message)", "model": "\(error.model ?? "-")",
            ]
        )
    }

    /// Says that a backend ended a stream with an error, which its client has.
    ///
    /// - Parameters:
    ///   - id: the request's id.
    ///   - model: its model, if it is known.
    func streamFailed(_ id: String, _ model: ModelName?) {
        var context = ErrorContext()
        context.model = model?.description
        self.requestFailed(id, ErrorReply(.backendEndedInError, context))
    }
}
