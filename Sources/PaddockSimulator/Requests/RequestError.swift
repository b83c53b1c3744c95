// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// Why a request is not served: what its client is told.
struct RequestError: Error, Equatable {
    let status: HTTPResponseStatus
    let message: String

    init(_ status: HTTPResponseStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> RequestError {
        RequestError(.badRequest, message)
    }

    /// Ollama's words.
    init(_ refusal: Refusal) {
        switch refusal {
        case .busy:
            self.init(.serviceUnavailable, "server busy, please try again.  maximum pending requests exceeded")
        case .terminated:
            self.init(.internalServerError, "llama runner process has terminated")
        }
    }

    /// Ollama's words.
    static func unknownModel(_ name: String) -> RequestError {
        RequestError(.notFound, "model '\(name)' not found")
    }

    static let tooManyModels = RequestError(
        .internalServerError,
        "the simulator holds no more than \(ModelCatalogue.maxModels) models: delete one first"
    )

    /// Ollama's words.
    static let missingModel = RequestError(.badRequest, "model is required")
}
