// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The routes that run a model, by path. All are `POST`.
enum InferenceRoute: String, CaseIterable, Sendable {
    case generate = "/api/generate"
    case chat = "/api/chat"
    case embed = "/api/embed"
    case embeddings = "/api/embeddings"
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case openAIEmbeddings = "/v1/embeddings"
    case responses = "/v1/responses"
    case messages = "/v1/messages"
    case transcriptions = "/v1/audio/transcriptions"

    var dialect: Dialect {
        switch self {
        case .generate, .chat, .embed, .embeddings: return .ollama
        case .messages: return .anthropic
        case .chatCompletions, .completions, .openAIEmbeddings, .responses, .transcriptions: return .openAI
        }
    }

    /// What a model that cannot serve the route is said not to support.
    var capability: String {
        switch self {
        case .generate, .completions: return "generate"
        case .chat, .chatCompletions, .responses, .messages, .transcriptions: return "chat"
        case .embed, .embeddings, .openAIEmbeddings: return "embed"
        }
    }
}
