// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// `/api/generate` and `/api/chat`: one JSON object a line.
struct OllamaAnswerWriter: AnswerWriter {
    /// Which of the two routes.
    enum Shape {
        case generate
        case chat
    }

    let streamType: StaticString = "application/x-ndjson"
    private let shape: Shape
    private let clock: WallClock
    private let toolCall: ToolCall?
    /// `{"model":"llama2","created_at":`
    private let head: JSONText

    init(shape: Shape, model: String, clock: WallClock, toolCall: ToolCall? = nil) {
        self.toolCall = toolCall
        self.shape = shape
        self.clock = clock
        self.head = #"{"model":\#(model),"created_at":"#
    }

    mutating func token(_ token: AnswerTokens.Token) -> JSONText {
        switch token.kind {
        case .thinking: "\(self.line(self.message(text: "", thinking: token.text))),\"done\":false}\n"
        case .text: "\(self.line(self.message(text: token.text))),\"done\":false}\n"
        // A call comes whole, once all of it is there.
        case .arguments: ""
        }
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText {
        let call: JSONText =
            self.toolCall.map { "\(self.line(self.message(text: "", call: $0))),\"done\":false}\n" } ?? ""
        return "\(call)\(self.last(message: self.message(), reason: ending.doneReason, report: report))\n"
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        self.last(
            message: self.message(text: answer.text, thinking: answer.thinking, call: answer.toolCall),
            reason: answer.ending.doneReason,
            report: answer.report
        )
    }

    /// The reply to a request that only loads (`load`) or unloads (`unload`) its model.
    func empty(reason: String) -> JSONText {
        self.last(message: self.message(), reason: reason, report: nil)
    }

    /// One object, from its beginning to the fields given.
    private func line(_ fields: JSONText) -> JSONText { "\(self.head)\(self.clock.timestamp),\(fields)" }

    private func message(text: String = "", thinking: String = "", call: ToolCall? = nil) -> JSONText {
        let thought: JSONText = thinking.isEmpty ? "" : #","thinking":\#(thinking)"#
        switch self.shape {
        case .generate: return #""response":\#(text)\#(thought)"#
        case .chat:
            let calls: JSONText = call.map { #","tool_calls":[\#(Self.whole($0))]"# } ?? ""
            return #""message":{"role":"assistant","content":\#(text)\#(thought)\#(calls)}"#
        }
    }

    private static func whole(_ call: ToolCall) -> JSONText {
        let arguments = JSONText(verbatim: call.arguments)
        return #"{"id":\#(call.id),"function":{"index":0,"name":\#(call.name),"arguments":\#(arguments)}}"#
    }

    private func last(message: JSONText, reason: String, report: RequestReport?) -> JSONText {
        let metrics = report.map { self.metrics($0) } ?? ""
        return self.line(#"\#(message),"done":true,"done_reason":\#(reason)\#(metrics),"simulated":true}"#)
    }

    /// Ollama leaves durations of 0 out and never has any; what is instant here says 1 ns.
    private func metrics(_ report: RequestReport) -> JSONText {
        let load = max(1, report.load)
        let prefill = max(1, report.prefill)
        let decode = max(1, report.decode)
        let total = max(report.total, load + prefill + decode)
        let context: JSONText = self.shape == .generate ? #","context":[1,2,3]"# : ""
        return #"""
            \#(context),"total_duration":\#(total),"load_duration":\#(load),\#
            "prompt_eval_count":\#(report.promptTokens),"prompt_eval_duration":\#(prefill),\#
            "eval_count":\#(report.answerTokens),"eval_duration":\#(decode)
            """#
    }
}
