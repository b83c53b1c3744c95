// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// One request for inference, whatever its route: what the simulator needs to know of it.
struct InferenceRequest: Equatable, Sendable {
    /// The model as the client wrote it. Replies repeat it.
    var model: String
    var prompt = PromptDigest()
    /// One digest for each input of an embedding request; `nil` for requests that generate.
    var inputs: [PromptDigest]?
    /// Nothing to answer: the request only loads the model.
    var isEmpty = false
    var streams = false
    /// The client's limit of tokens.
    var limit: Int?
    var options = RunnerOptions()
    var keepAlive: KeepAlive?
    var format = AnswerFormat.text
    var thinks = false
    /// What the model may call.
    var tools: [OfferedTool] = []
    var toolChoice = ToolChoice.auto
    /// The conversation has the result of a call since the user last spoke.
    var hasToolResult = false
    /// `tools` and `tool_choice` as they came, for replies that repeat them.
    var sentTools = JSONValue.array([])
    var sentToolChoice = JSONValue.string("auto")
    /// The client's seed.
    var seed: Int?
    /// OpenAI's `stream_options.include_usage`.
    var includesUsage = false
    /// Length of the vectors the client wants.
    var dimensions: Int?
    /// OpenAI's `encoding_format: "base64"`.
    var wantsBase64 = false
    /// OpenAI's `response_format: "text"` of a transcription.
    var wantsPlainText = false

    init(model: String) {
        self.model = model
    }

    /// Adds the text of a message's content: a string, or a list of parts of which some have text.
    mutating func addContent(_ content: JSONValue?) {
        switch content {
        case .string(let text):
            self.prompt.add(text)
        case .array(let parts):
            for part in parts {
                if let text = part.string ?? part.field("text")?.string {
                    self.prompt.add(text)
                } else {
                    self.addContent(part.field("content"))
                }
            }
        default:
            break
        }
    }

    /// Adds the text of all messages.
    mutating func addMessages(_ messages: [JSONValue]) throws(RequestError) {
        for message in messages {
            guard let object = message.object else {
                throw .badRequest("messages must be objects, not \(message.typeName)")
            }
            self.addContent(object.field("content"))
            self.addContent(object.field("output"))
            self.noteToolResult(in: object)
        }
    }

    /// A result of a tool, in any of the dialects; what the user says next is a new question.
    private mutating func noteToolResult(in message: JSONObject) {
        let kind = message.field("role")?.string ?? message.field("type")?.string
        let parts = message.field("content")?.array ?? []
        if ["tool", "function", "function_call_output"].contains(kind)
            || parts.contains(where: { $0.field("type")?.string == "tool_result" })
        {
            self.hasToolResult = true
        } else if kind == "user" {
            self.hasToolResult = false
        }
    }
}
