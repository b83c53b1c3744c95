// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// `/v1/messages`: named server-sent events, thinking in a block of its own.
struct MessagesWriter: AnswerWriter {
    /// What a block holds.
    private enum Block {
        case thinking
        case text
        case toolUse
    }

    let streamType: StaticString = "text/event-stream"
    private let model: String
    private let id: String
    private let toolCall: ToolCall?
    private var open: Block?
    private var index = 0

    init(model: String, id: Int, toolCall: ToolCall?) {
        self.model = model
        self.id = "msg_sim_\(id)"
        self.toolCall = toolCall
    }

    mutating func begin(_ report: RequestReport) -> JSONText {
        let message = self.message(content: [], stopReason: "null", usage: report.anthropicUsage)
        return self.event("message_start", #","message":\#(message)"#)
    }

    mutating func token(_ token: AnswerTokens.Token) -> JSONText {
        let block: Block
        let delta: JSONText
        switch token.kind {
        case .thinking: (block, delta) = (.thinking, #"{"type":"thinking_delta","thinking":\#(token.text)}"#)
        case .text: (block, delta) = (.text, #"{"type":"text_delta","text":\#(token.text)}"#)
        case .arguments: (block, delta) = (.toolUse, #"{"type":"input_json_delta","partial_json":\#(token.text)}"#)
        }
        let change: JSONText = self.open == block ? "" : "\(self.closeBlock())\(self.openBlock(block))"
        return "\(change)\(self.event("content_block_delta", #","index":\#(self.index),"delta":\#(delta)"#))"
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText {
        let delta: JSONText = #"{"stop_reason":\#(ending.stopReason),"stop_sequence":null}"#
        let last = self.event("message_delta", #","delta":\#(delta),"usage":\#(report.anthropicUsage)"#)
        return "\(self.closeBlock())\(last)\(self.event("message_stop", ""))"
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        let thinking = answer.thinking.isEmpty ? [] : [Self.thinking(answer.thinking)]
        return self.message(
            content: thinking + [
                answer.toolCall.map { Self.toolUse($0, input: $0.arguments) } ?? Self.text(answer.text)
            ],
            stopReason: "\(answer.ending.stopReason)",
            usage: answer.report.anthropicUsage
        )
    }

    private mutating func openBlock(_ block: Block) -> JSONText {
        self.open = block
        return self.event("content_block_start", #","index":\#(self.index),"content_block":\#(self.emptyBlock(block))"#)
    }

    private mutating func closeBlock() -> JSONText {
        guard self.open != nil else { return "" }
        defer { self.index += 1 }
        self.open = nil
        return self.event("content_block_stop", #","index":\#(self.index)"#)
    }

    private func emptyBlock(_ block: Block) -> JSONText {
        switch block {
        case .thinking: return Self.thinking("")
        case .text: return Self.text("")
        case .toolUse: return self.toolCall.map { Self.toolUse($0, input: "{}") } ?? Self.text("")
        }
    }

    /// - Parameter input: A JSON object.
    private static func toolUse(_ call: ToolCall, input: String) -> JSONText {
        #"{"type":"tool_use","id":\#(call.id),"name":\#(call.name),"input":\#(JSONText(verbatim: input))}"#
    }

    private static func text(_ text: String) -> JSONText {
        #"{"type":"text","text":\#(text)}"#
    }

    private static func thinking(_ text: String) -> JSONText {
        #"{"type":"thinking","thinking":\#(text),"signature":"simulated"}"#
    }

    private func message(content: [JSONText], stopReason: JSONText, usage: JSONText) -> JSONText {
        #"""
        {"id":\#(self.id),"type":"message","role":"assistant","model":\#(self.model),"content":\#(content),\#
        "stop_reason":\#(stopReason),"stop_sequence":null,"usage":\#(usage)}
        """#
    }

    private func event(_ name: String, _ fields: JSONText) -> JSONText {
        "event: \(JSONText(verbatim: name))\ndata: {\"type\":\(name)\(fields)}\n\n"
    }
}
