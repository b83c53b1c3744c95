// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging

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
}
