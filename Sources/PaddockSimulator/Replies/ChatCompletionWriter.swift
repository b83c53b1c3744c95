// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

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
    private let head: JSONText

    init(model: String, id: Int, created: Int64, includesUsage: Bool, toolCall: ToolCall?) {
        self.model = model
        self.id = "chatcmpl-sim-\(id)"
        self.created = created
        self.includesUsage = includesUsage
        self.toolCall = toolCall
        self.head = "data: \(Self.opening("chat.completion.chunk", id: self.id, created: created, model: model))"
    }

    private static func opening(_ object: String, id: String, created: Int64, model: String) -> JSONText {
        #"{"id":\#(id),"object":\#(object),"created":\#(created),"model":\#(model),"system_fingerprint":"paddock-sim""#
    }

    mutating func token(_ token: AnswerTokens.Token) -> JSONText {
        let role: JSONText = self.hasSentRole ? "" : #""role":"assistant","#
        self.hasSentRole = true
        let delta: JSONText =
            switch token.kind {
            case .thinking: #""content":"","reasoning":\#(token.text)"#
            case .text: #""content":\#(token.text)"#
            case .arguments: #""tool_calls":[{"index":0,\#(self.opening(ofCallWith: token.text))}}]"#
            }
        return self.event(#"{"index":0,"delta":{\#(role)\#(delta)},"finish_reason":null}"#)
    }

    /// A part of the call up to the text of its arguments: the first one says what is called, as OpenAI's do.
    private mutating func opening(ofCallWith arguments: String) -> JSONText {
        guard let call = self.toolCall, !self.hasSentCall else { return #""function":{"arguments":\#(arguments)"# }
        self.hasSentCall = true
        return #""id":\#(call.id),"type":"function","function":{"name":\#(call.name),"arguments":\#(arguments)"#
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText {
        let last = self.event(#"{"index":0,"delta":{},"finish_reason":\#(ending.finishReason)}"#)
        let usage: JSONText =
            self.includesUsage ? "\(self.head),\"choices\":[],\"usage\":\(report.openAIUsage)}\n\n" : ""
        return "\(last)\(usage)data: [DONE]\n\n"
    }

    private func event(_ choice: JSONText) -> JSONText { "\(self.head),\"choices\":[\(choice)]}\n\n" }

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
