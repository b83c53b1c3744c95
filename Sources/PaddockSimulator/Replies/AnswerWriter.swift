// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Writes an answer in the shape of one route: as a stream, or whole.
protocol AnswerWriter {
    /// The `Content-Type` of a stream.
    var streamType: StaticString { get }

    /// Writes what comes before the first token of a stream, if anything does.
    mutating func begin(_ report: RequestReport, into buffer: inout ByteBuffer)

    /// Writes one token of a stream.
    mutating func token(_ token: AnswerTokens.Token, into buffer: inout ByteBuffer)

    /// Writes the end of a stream.
    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending, into buffer: inout ByteBuffer)

    /// The answer in one piece.
    func whole(_ answer: WholeAnswer) -> JSONText
}

extension AnswerWriter {
    mutating func begin(_ report: RequestReport, into buffer: inout ByteBuffer) {}
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
