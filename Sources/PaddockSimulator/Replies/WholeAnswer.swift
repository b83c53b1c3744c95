// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An answer that is sent in one piece.
struct WholeAnswer {
    let text: String
    let thinking: String
    let ending: AnswerPlan.Ending
    let report: RequestReport

    init(plan: AnswerPlan, report: RequestReport) {
        var tokens = AnswerTokens(plan: plan)
        var text = ""
        var thinking = ""
        while let token = tokens.next() {
            if token.isThinking {
                thinking += token.text
            } else {
                text += token.text
            }
        }
        self.text = text
        self.thinking = thinking
        self.ending = plan.ending
        self.report = report
    }
}
