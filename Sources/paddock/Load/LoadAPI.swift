// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockServer

/// The route that `paddock load` sends to, and so the shape of its requests and replies.
enum LoadAPI: String, CaseIterable, ExpressibleByArgument {
    case generate, chat, openai, anthropic, embed

    var path: String {
        switch self {
        case .generate: "/api/generate"
        case .chat: "/api/chat"
        case .openai: "/v1/chat/completions"
        case .anthropic: "/v1/messages"
        case .embed: "/api/embed"
        }
    }

    /// Whether its replies can be streams.
    var canStream: Bool { self != .embed }

    /// A request's body.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - prompt: What it is asked.
    ///   - tokens: The most tokens that it may answer.
    ///   - isStreamed: Whether the reply is a stream.
    func body(model: String, prompt: String, tokens: Int, isStreamed: Bool) -> OrderedJSON {
        let message = OrderedJSON.array([.object([("role", .string("user")), ("content", .string(prompt))])])
        let options = OrderedJSON.object([("num_predict", .integer(tokens))])
        let stream = (key: "stream", value: OrderedJSON.bool(isStreamed))
        let name = (key: "model", value: OrderedJSON.string(model))
        return switch self {
        case .generate: .object([name, ("prompt", .string(prompt)), stream, ("options", options)])
        case .chat: .object([name, ("messages", message), stream, ("options", options)])
        case .openai, .anthropic: .object([name, ("messages", message), ("max_tokens", .integer(tokens)), stream])
        case .embed: .object([name, ("input", .string(prompt))])
        }
    }
}
