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
    private let toolCall: ToolCall?
    private var hasSentCall = false
    private var hasSentRole = false
    /// One event, up to the delta.
    private let head: ByteBuffer

    init(model: String, id: Int, created: Int64, includesUsage: Bool, toolCall: ToolCall?) {
        self.model = model
        self.id = "chatcmpl-sim-\(id)"
        self.created = created
        self.includesUsage = includesUsage
        self.toolCall = toolCall
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
        switch token.kind {
        case .thinking: buffer.writeStaticString(#""content":"","reasoning":""#)
        case .text: buffer.writeStaticString(#""content":""#)
        case .arguments: self.openCall(into: &buffer)
        }
        buffer.writeJSONContent(token.text)
        buffer.writeStaticString(token.kind == .arguments ? "\"}}]}" : "\"}")
        buffer.writeStaticString(",\"finish_reason\":null}]}\n\n")
    }

    /// Writes a part of the call up to the text of its arguments: the first one says what is called, as OpenAI's do.
    private mutating func openCall(into buffer: inout ByteBuffer) {
        buffer.writeStaticString(#""tool_calls":[{"index":0,"#)
        if let call = self.toolCall, !self.hasSentCall {
            self.hasSentCall = true
            let opening: JSONText = #""id":\#(call.id),"type":"function","function":{"name":\#(call.name),"#
            buffer.writeImmutableBuffer(opening.buffer)
        } else {
            buffer.writeStaticString(#""function":{"#)
        }
        buffer.writeStaticString(#""arguments":""#)
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
        let calls: JSONText = answer.toolCall.map { #","tool_calls":[\#(Self.whole($0))]"# } ?? ""
        return #"""
            \#(opening),"choices":[{"index":0,\#
            "message":{"role":"assistant","content":\#(answer.text)\#(thought)\#(calls)},\#
            "finish_reason":\#(answer.ending.finishReason)}],"usage":\#(answer.report.openAIUsage)}
            """#
    }

    private static func whole(_ call: ToolCall) -> JSONText {
        #"""
        {"id":\#(call.id),"index":0,"type":"function","function":{"name":\#(call.name),"arguments":\#(call.arguments)}}
        """#
    }
}
