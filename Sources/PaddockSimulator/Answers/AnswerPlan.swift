// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// How long an answer is and why it ends: settled before its first token, from the seed and the request alone.
struct AnswerPlan: Equatable, Sendable {
    /// Why a model stops.
    enum Ending: Equatable, Sendable {
        /// It had said everything.
        case stop
        /// It ran into the limit of the request or of the context.
        case length
        /// It calls a tool.
        case toolCall
    }

    let tokens: Int
    /// How many of `tokens`, counted from the first, are thinking.
    let thinkingTokens: Int
    let ending: Ending
    /// What the words are drawn from.
    let seed: UInt64
    let format: AnswerFormat

    /// The call that the answer is, if it is one.
    var toolCall: ToolCall? {
        if case .toolCall(let call) = self.format { return call }
        return nil
    }

    /// - Parameters:
    ///   - seed: From the options, the model and the prompt.
    ///   - meanTokens: Answers are between half of it and one and a half times it, unless something limits them.
    ///   - limit: The client's limit; `nil` or less than 1 is none.
    ///   - room: Tokens of context that the prompt leaves.
    init(seed: UInt64, meanTokens: Int, limit: Int?, room: Int, thinks: Bool, format: AnswerFormat) {
        var random = SeededRandom(seed: seed)
        let mean = max(1, meanTokens)
        let wanted = max(1, mean / 2 + random.number(below: mean + 1))
        let allowed = max(1, min(limit.flatMap { $0 > 0 ? $0 : nil } ?? .max, room))
        var tokens = min(wanted, allowed)
        var ending = wanted > allowed ? Ending.length : .stop
        if format != .text {
            // An answer in JSON is never cut short: its text is spread over the tokens there are.
            tokens = min(allowed, max(2, tokens))
            ending = .stop
        }
        if case .toolCall(let call) = format {
            tokens = min(allowed, max(2, (call.arguments.utf8.count + 3) / 4))
            ending = .toolCall
        }
        self.tokens = tokens
        self.thinkingTokens = thinks ? tokens / 4 : 0
        self.ending = ending
        self.seed = seed
        self.format = format
    }
}
