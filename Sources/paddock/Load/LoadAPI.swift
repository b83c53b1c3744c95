// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON

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
    func body(model: String, prompt: String, tokens: Int, isStreamed: Bool) -> JSONText {
        let message: JSONText = #""messages":[{"role":"user","content":\#(prompt)}]"#
        let options: JSONText = #""stream":\#(isStreamed),"options":{"num_predict":\#(tokens)}"#
        return switch self {
        case .generate: #"{"model":\#(model),"prompt":\#(prompt),\#(options)}"#
        case .chat: #"{"model":\#(model),\#(message),\#(options)}"#
        case .openai, .anthropic: #"{"model":\#(model),\#(message),"max_tokens":\#(tokens),"stream":\#(isStreamed)}"#
        case .embed: #"{"model":\#(model),"input":\#(prompt)}"#
        }
    }
}
