// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The shape in which a client library expects an error.
package enum Dialect: Equatable, Sendable {
    /// `{"error": "CODE: text", "code", "message", "model"}`: Ollama's own API, Paddock's own routes, and any unknown path.
    case ollama
    /// `{"error": {"message", "type", "code", "param"}}`: the routes below `/v1`.
    case openAI
    /// `{"type": "error", "error": {"type", "message"}}`: `/v1/messages`.
    case anthropic
}
