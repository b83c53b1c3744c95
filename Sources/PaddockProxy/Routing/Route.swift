// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// What happens to a request, by its method and path (contract section 2).
package enum Route: Equatable, Sendable {
    /// It takes a slot of its model.
    case queued(Queued)
    /// Paddock answers it itself.
    case own
    /// With several backends the answers of all are joined; with one it passes through.
    case union(Union)
    /// It goes straight through to a backend.
    case passThrough

    /// What is known of a route that takes a slot.
    package struct Queued: Equatable, Sendable {
        /// The shape of its errors.
        package var dialect: Dialect
        /// Where its model is named.
        package var model: ModelField
        /// Whether its reply is a stream.
        package var streaming: Streaming
        /// Whether a body without a model is of the model `default`.
        package var isModelOptional = false
        /// Whether each input that its body names is a run of its own to the backend.
        package var hasInputs = false

        /// Whether it is one of Ollama's own, of which it is known what bodies and replies say.
        var isOllama: Bool { self.dialect == .ollama && !self.isModelOptional }
    }

    /// Where the model of a queued request is named.
    package enum ModelField: Equatable, Sendable {
        /// In the JSON object that is the body; `acceptsZstandard` if Ollama decompresses it.
        case json(acceptsZstandard: Bool)
        /// In the query or in a field of the form that is the body.
        case multipart
        /// As in `multipart` if the body's type is `multipart/form-data`, else as in `json`.
        case jsonOrMultipart(acceptsZstandard: Bool)

        /// Whether a body of a type is read as a form.
        func isForm(contentType: ByteRange, _ bytes: Span<UInt8>) -> Bool {
            switch self {
            case .json: return false
            case .multipart: return true
            case .jsonOrMultipart:
                let type: StaticString = "multipart/form-data"
                let end = contentType.lowerBound + type.utf8CodeUnitCount
                return end <= contentType.upperBound
                    && bytes.matches(ByteRange(start: contentType.lowerBound, end: end), type)
            }
        }

        /// Whether a body that is not a form may be compressed with zstd.
        var acceptsZstandard: Bool {
            switch self {
            case .json(let accepts), .jsonOrMultipart(let accepts): accepts
            case .multipart: false
            }
        }
    }

    /// Whether the reply to a queued request is a stream.
    package enum Streaming: Equatable, Sendable {
        /// Unless the body says `"stream": false`.
        case byDefault
        /// Of server-sent events, if the body says `"stream": true`.
        case onRequest
        /// In a format that is not known, if the body says `"stream": true`.
        case onRequestInAnyFormat
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
