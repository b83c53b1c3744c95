// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// `/v1/responses`: named server-sent events, numbered.
struct ResponsesWriter: AnswerWriter {
    let streamType: StaticString = "text/event-stream"
    private let model: String
    private let id: String
    private let itemID: String
    private let created: Int64
    private let toolCall: ToolCall?
    /// `tools` and `tool_choice` of the request, which the reply repeats.
    private let tools: JSONValue
    private let toolChoice: JSONValue
    private var sequence = 0
    /// What was streamed so far: the closing events repeat it.
    private var text = ""

    init(model: String, id: Int, created: Int64, toolCall: ToolCall?, tools: JSONValue, toolChoice: JSONValue) {
        self.model = model
        self.id = "resp_sim_\(id)"
        self.itemID = toolCall == nil ? "msg_sim_\(id)" : "fc_sim_\(id)"
        self.toolCall = toolCall
        self.tools = tools
        self.toolChoice = toolChoice
        self.created = created
    }

    mutating func begin(_ report: RequestReport) -> JSONText {
        let response = self.response(status: "in_progress", output: [], usage: "null")
        let item = self.item(status: "in_progress", arguments: "", content: [])
        let created = self.event("response.created", #""response":\#(response)"#)
        let progress = self.event("response.in_progress", #""response":\#(response)"#)
        let added = self.event("response.output_item.added", #""output_index":0,"item":\#(item)"#)
        let part: JSONText =
            self.toolCall == nil
            ? self.event("response.content_part.added", #"\#(self.place),"part":\#(self.part(""))"#) : ""
        return "\(created)\(progress)\(added)\(part)"
    }

    mutating func token(_ token: AnswerTokens.Token) -> JSONText {
        if self.toolCall != nil {
            // Thoughts have no place beside a call here.
            guard token.kind == .arguments else { return "" }
            return self.event("response.function_call_arguments.delta", #"\#(self.place),"delta":\#(token.text)"#)
        }
        self.text += token.text
        return self.event("response.output_text.delta", #"\#(self.place),"delta":\#(token.text),"logprobs":[]"#)
    }

    mutating func end(_ report: RequestReport, ending: AnswerPlan.Ending) -> JSONText {
        let item = self.completed(self.text)
        let content = self.endOfContent()
        let done = self.event("response.output_item.done", #""output_index":0,"item":\#(item)"#)
        let response = self.response(status: "completed", output: [item], usage: report.responsesUsage)
        return "\(content)\(done)\(self.event("response.completed", #""response":\#(response)"#))"
    }

    private mutating func endOfContent() -> JSONText {
        if let call = self.toolCall {
            let fields: JSONText = #"\#(self.place),"name":\#(call.name),"arguments":\#(call.arguments)"#
            return self.event("response.function_call_arguments.done", fields)
        }
        let text = self.event("response.output_text.done", #"\#(self.place),"text":\#(self.text),"logprobs":[]"#)
        let part = self.event("response.content_part.done", #"\#(self.place),"part":\#(self.part(self.text))"#)
        return "\(text)\(part)"
    }

    func whole(_ answer: WholeAnswer) -> JSONText {
        self.response(status: "completed", output: [self.completed(answer.text)], usage: answer.report.responsesUsage)
    }

    private var place: JSONText {
        let part: JSONText = self.toolCall == nil ? #","content_index":0"# : ""
        return #""item_id":\#(self.itemID),"output_index":0\#(part)"#
    }

    private func part(_ text: String) -> JSONText {
        #"{"type":"output_text","text":\#(text),"annotations":[],"logprobs":[]}"#
    }

    private func completed(_ text: String) -> JSONText {
        self.item(
            status: "completed",
            arguments: self.toolCall?.arguments ?? "",
            content: [self.part(text)]
        )
    }

    /// What the answer consists of: a message, or a call.
    private func item(status: String, arguments: String, content: [JSONText]) -> JSONText {
        if let call = self.toolCall {
            return #"""
                {"id":\#(self.itemID),"type":"function_call","status":\#(status),"call_id":\#(call.id),\#
                "name":\#(call.name),"arguments":\#(arguments)}
                """#
        }
        return #"""
            {"id":\#(self.itemID),"type":"message","status":\#(status),"role":"assistant","content":\#(content)}
            """#
    }

    private mutating func event(_ name: String, _ fields: JSONText) -> JSONText {
        defer { self.sequence += 1 }
        return #"""
            event: \#(JSONText(verbatim: name))
            data: {"type":\#(name),"sequence_number":\#(self.sequence),\#(fields)}


            """#
    }

    private func response(status: String, output: [JSONText], usage: JSONText) -> JSONText {
        let completed: JSONText = status == "completed" ? "\(self.created)" : "null"
        return #"""
            {"id":\#(self.id),"object":"response","created_at":\#(self.created),"completed_at":\#(completed),\#
            "status":\#(status),"incomplete_details":null,"model":\#(self.model),"previous_response_id":null,\#
            "instructions":null,"output":\#(output),"error":null,"tools":\#(self.tools),\#
            "tool_choice":\#(self.toolChoice),\#
            "truncation":"disabled","parallel_tool_calls":true,"text":{"format":{"type":"text"}},"top_p":1,\#
            "presence_penalty":0,"frequency_penalty":0,"top_logprobs":0,"temperature":1,"reasoning":null,\#
            "usage":\#(usage),"max_output_tokens":null,"max_tool_calls":null,"store":false,"background":false,\#
            "service_tier":"default","metadata":{"simulated":"true"},"safety_identifier":null,"prompt_cache_key":null}
            """#
    }
}
