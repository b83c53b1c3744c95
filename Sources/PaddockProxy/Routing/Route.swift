// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What happens to a request, by its method and path (contract section 2).
package enum Route: Equatable, Sendable {
    /// It takes a slot of its model. The body says which.
    case queued(Dialect, ModelField, Streaming)
    /// Paddock answers it itself.
    case own
    /// With several backends the answers of all are joined; with one it passes through.
    case union(Union)
    /// It goes straight through to a backend.
    case passThrough

    /// Where the model of a queued request stands.
    package enum ModelField: Equatable, Sendable {
        /// In the JSON object that is the body; `acceptsZstandard` where Ollama unpacks it.
        case json(acceptsZstandard: Bool)
        /// In the query or in a field of the form that is the body.
        case multipart
    }

    /// Whether the reply to a queued request is a stream.
    package enum Streaming: Equatable, Sendable {
        /// Unless the body says `"stream": false`.
        case byDefault
        /// If the body says `"stream": true`.
        case onRequest
        /// Never.
        case never
    }

    /// The lists that several backends answer together.
    package enum Union: String, Equatable, Sendable {
        case tags = "/api/tags"
        case running = "/api/ps"
        case openAIModels = "/v1/models"
    }
}
