// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

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

    mutating func token(_ token: AnswerTokens.Token, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("data: ")
        buffer.writeImmutableBuffer(self.head.buffer)
        buffer.writeStaticString(#","choices":[{"text":""#)
        buffer.writeJSONContent(token.text)
        buffer.writeStaticString("\",\"index\":0,\"finish_reason\":null}]}\n\n")
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending, into buffer: inout ByteBuffer) {
        let choices = self.choices(text: "", ending: ending)
        var events: JSONText = "data: \(self.head),\(choices)}\n\n"
        if self.includesUsage {
            events = "\(events)data: \(self.head),\"choices\":[],\"usage\":\(report.openAIUsage)}\n\n"
        }
        buffer.writeImmutableBuffer(events.buffer)
        buffer.writeStaticString("data: [DONE]\n\n")
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        let choices = self.choices(text: answer.text, ending: answer.ending)
        return #"\#(self.head),\#(choices),"usage":\#(answer.report.openAIUsage)}"#
    }

    private func choices(text: String, ending: AnswerPlan.Ending) -> JSONText {
        #""choices":[{"text":\#(text),"index":0,"finish_reason":\#(ending.finishReason)}]"#
    }
}
