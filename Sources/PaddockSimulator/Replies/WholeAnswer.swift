// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An answer that is sent in one piece.
struct WholeAnswer {
    let text: String
    let thinking: String
    /// What is called instead of giving a text.
    let toolCall: ToolCall?
    let ending: AnswerPlan.Ending
    let report: RequestReport

    init(plan: AnswerPlan, report: RequestReport) {
        var tokens = AnswerTokens(plan: plan)
        var text = ""
        var thinking = ""
        while let token = tokens.next() {
            switch token.kind {
            case .thinking: thinking += token.text
            case .text: text += token.text
            case .arguments: break
            }
        }
        self.text = text
        self.toolCall = plan.toolCall
        self.thinking = thinking
        self.ending = plan.ending
        self.report = report
    }
}
