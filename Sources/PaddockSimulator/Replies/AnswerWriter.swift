// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// Writes an answer in the shape of one route: as a stream, or whole.
protocol AnswerWriter {
    /// The `Content-Type` of a stream.
    var streamType: StaticString { get }

    /// What comes in front of the first token of a stream; empty if nothing does.
    mutating func begin(_ report: RequestReport) -> JSONText

    /// One token of a stream; empty if it is no event of its own.
    mutating func token(_ token: AnswerTokens.Token) -> JSONText

    /// The end of a stream.
    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText

    /// The answer in one piece.
    func whole(_ answer: WholeAnswer) -> JSONText
}

extension AnswerWriter {
    mutating func begin(_ report: RequestReport) -> JSONText { "" }
}

extension AnswerPlan.Ending {
    /// Ollama's `done_reason`, which does not tell calls of tools from other answers.
    var doneReason: String {
        switch self {
        case .stop, .toolCall: return "stop"
        case .length: return "length"
        }
    }

    /// OpenAI's `finish_reason`.
    var finishReason: String {
        switch self {
        case .stop: return "stop"
        case .length: return "length"
        case .toolCall: return "tool_calls"
        }
    }

    /// Anthropic's `stop_reason`.
    var stopReason: String {
        switch self {
        case .stop: return "end_turn"
        case .length: return "max_tokens"
        case .toolCall: return "tool_use"
        }
    }
}
