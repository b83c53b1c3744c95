// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What the text of an answer must look like.
enum AnswerFormat: Equatable, Sendable {
    case text
    /// Any JSON object.
    case json
    /// JSON that fits a JSON schema.
    case schema(JSONValue)
    /// No text but a call of a tool.
    case toolCall(ToolCall)
}
