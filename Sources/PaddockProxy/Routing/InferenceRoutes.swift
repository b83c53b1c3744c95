// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The routes at which Ollama, llama.cpp's server and vLLM run a model: what is queued unless the configuration says
/// otherwise (contract section 2). All are `POST`.
package enum InferenceRoutes {
    /// The paths.
    package static var paths: [String] { self.all.map(\.path) }

    /// The most frequent come first.
    static let all: [(path: String, route: Route.Queued)] = [
        ("/api/chat", ollama(.byDefault)),
        ("/v1/chat/completions", openAI(.onRequest)),
        ("/api/generate", ollama(.byDefault)),
        (
            "/v1/messages",
            Route.Queued(dialect: .anthropic, model: .json(acceptsZstandard: true), streaming: .onRequest)
        ),
        ("/v1/responses", openAI(.onRequest)),
        ("/v1/completions", openAI(.onRequest)),
        ("/api/embed", ollama(.never, hasInputs: true)),
        ("/v1/embeddings", openAI(.never, hasInputs: true)),
        ("/api/embeddings", ollama(.never)),
        ("/v1/audio/transcriptions", form),
        ("/v1/images/generations", openAI(.never)),
        (
            "/v1/images/edits",
            Route.Queued(
                dialect: .openAI,
                model: .jsonOrMultipart(acceptsZstandard: true),
                streaming: .never
            )
        ),
        ("/v1/audio/speech", openAI(.never)),
        ("/v1/audio/translations", form),
        ("/v1/rerank", engine(.never)),
        ("/v1/score", engine(.never)),
        // llama.cpp's server, which serves one model and needs no name of it.
        ("/completion", engine(.onRequest)),
        ("/completions", engine(.onRequest)),
        ("/chat/completions", engine(.onRequest)),
        ("/responses", engine(.onRequest)),
        ("/infill", engine(.onRequest)),
        ("/embedding", engine(.never)),
        ("/embeddings", engine(.never, hasInputs: true)),
        ("/rerank", engine(.never)),
        ("/reranking", engine(.never)),
        ("/v1/reranking", engine(.never)),
        ("/audio/transcriptions", engine(.never)),
        // vLLM.
        ("/score", engine(.never)),
        ("/v2/rerank", engine(.never)),
        ("/classify", engine(.never)),
        ("/pooling", engine(.never)),
        ("/invocations", engine(.onRequest)),
    ]

    /// A route that an operator adds, of which nothing is known.
    static func added(_ dialect: Dialect) -> Route.Queued {
        Route.Queued(
            dialect: dialect,
            model: .jsonOrMultipart(acceptsZstandard: dialect != .ollama),
            streaming: .onRequestInAnyFormat,
            isModelOptional: true
        )
    }

    private static func ollama(_ streaming: Route.Streaming, hasInputs: Bool = false) -> Route.Queued {
        Route.Queued(
            dialect: .ollama,
            model: .json(acceptsZstandard: false),
            streaming: streaming,
            hasInputs: hasInputs
        )
    }

    private static func openAI(_ streaming: Route.Streaming, hasInputs: Bool = false) -> Route.Queued {
        Route.Queued(
            dialect: .openAI,
            model: .json(acceptsZstandard: true),
            streaming: streaming,
            hasInputs: hasInputs
        )
    }

    private static var form: Route.Queued {
        Route.Queued(dialect: .openAI, model: .multipart, streaming: .never)
    }

    private static func engine(_ streaming: Route.Streaming, hasInputs: Bool = false) -> Route.Queued {
        Route.Queued(
            dialect: .openAI,
            model: .jsonOrMultipart(acceptsZstandard: false),
            streaming: streaming,
            isModelOptional: true,
            hasInputs: hasInputs
        )
    }
}
