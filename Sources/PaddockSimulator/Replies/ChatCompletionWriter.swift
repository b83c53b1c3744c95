// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// `/v1/chat/completions`: server-sent events, the first of which carries the role.
struct ChatCompletionWriter: AnswerWriter {
    let streamType: StaticString = "text/event-stream"
    private let model: String
    private let id: String
    private let created: Int64
    private let includesUsage: Bool
    private var hasSentRole = false
    /// One event, up to the delta.
    private let head: ByteBuffer

    init(model: String, id: Int, created: Int64, includesUsage: Bool) {
        self.model = model
        self.id = "chatcmpl-sim-\(id)"
        self.created = created
        self.includesUsage = includesUsage
        let opening = Self.opening("chat.completion.chunk", id: self.id, created: created, model: model)
        self.head = ("data: \(opening)" as JSONText).buffer
    }

    private static func opening(_ object: String, id: String, created: Int64, model: String) -> JSONText {
        #"{"id":\#(id),"object":\#(object),"created":\#(created),"model":\#(model),"system_fingerprint":"paddock-sim""#
    }

    mutating func token(_ token: AnswerTokens.Token, into buffer: inout ByteBuffer) {
        buffer.writeImmutableBuffer(self.head)
        buffer.writeStaticString(#","choices":[{"index":0,"delta":{"#)
        if !self.hasSentRole {
            self.hasSentRole = true
            buffer.writeStaticString(#""role":"assistant","#)
        }
        buffer.writeStaticString(token.isThinking ? #""content":"","reasoning":""# : #""content":""#)
        buffer.writeJSONContent(token.text)
        buffer.writeStaticString("\"},\"finish_reason\":null}]}\n\n")
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending, into buffer: inout ByteBuffer) {
        let head = JSONText(buffer: self.head)
        let last: JSONText =
            #"\#(head),"choices":[{"index":0,"delta":{},"finish_reason":\#(ending.finishReason)}]}"#
        buffer.writeImmutableBuffer(last.buffer)
        if self.includesUsage {
            let usage: JSONText = "\n\n\(head),\"choices\":[],\"usage\":\(report.openAIUsage)}"
            buffer.writeImmutableBuffer(usage.buffer)
        }
        buffer.writeStaticString("\n\ndata: [DONE]\n\n")
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        let opening = Self.opening("chat.completion", id: self.id, created: self.created, model: self.model)
        let thought: JSONText = answer.thinking.isEmpty ? "" : #","reasoning":\#(answer.thinking)"#
        return #"""
            \#(opening),"choices":[{"index":0,"message":{"role":"assistant","content":\#(answer.text)\#(thought)},\#
            "finish_reason":\#(answer.ending.finishReason)}],"usage":\#(answer.report.openAIUsage)}
            """#
    }
}
