// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// `/v1/completions`: server-sent events.
struct CompletionWriter: AnswerWriter {
    let streamType: StaticString = "text/event-stream"
    private let includesUsage: Bool
    /// One object, up to the choices.
    private let head: JSONText

    init(model: String, id: Int, created: Int64, includesUsage: Bool) {
        self.includesUsage = includesUsage
        self.head = #"""
            {"id":\#("cmpl-sim-\(id)"),"object":"text_completion","created":\#(created),"model":\#(model),\#
            "system_fingerprint":"paddock-sim"
            """#
    }

    mutating func token(_ token: AnswerTokens.Token) -> JSONText {
        "data: \(self.head),\"choices\":[{\"text\":\(token.text),\"index\":0,\"finish_reason\":null}]}\n\n"
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText {
        let last = self.choices(text: "", ending: ending)
        let usage: JSONText =
            self.includesUsage ? "data: \(self.head),\"choices\":[],\"usage\":\(report.openAIUsage)}\n\n" : ""
        return "data: \(self.head),\(last)}\n\n\(usage)data: [DONE]\n\n"
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        let choices = self.choices(text: answer.text, ending: answer.ending)
        return #"\#(self.head),\#(choices),"usage":\#(answer.report.openAIUsage)}"#
    }

    private func choices(text: String, ending: AnswerPlan.Ending) -> JSONText {
        #""choices":[{"text":\#(text),"index":0,"finish_reason":\#(ending.finishReason)}]"#
    }
}
