// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockJSON

extension InferenceRequest {
    /// `POST /v1/chat/completions`
    static func chatCompletion(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.openAI(fields)
        let messages = try fields.array("messages") ?? []
        if messages.isEmpty { throw .badRequest("[] is too short - 'messages'") }
        try request.addMessages(messages)
        request.addNestedTools(try fields.array("tools") ?? [])
        try request.chooseOpenAI(fields["tool_choice"])
        request.limit = try fields.integer("max_tokens")
        if let limit = try fields.integer("max_completion_tokens") { request.limit = limit }
        let format = try fields.fields("response_format")
        request.format = Self.format(try format?.string("type"), schema: format?["json_schema"]?.field("schema"))
        return request
    }

    /// `POST /v1/completions`
    static func completion(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.openAI(fields)
        request.prompt.add(try fields.string("prompt") ?? "")
        request.prompt.add(try fields.string("suffix") ?? "")
        request.limit = try fields.integer("max_tokens")
        return request
    }

    /// `POST /v1/embeddings`
    static func openAIEmbeddings(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = InferenceRequest(model: try fields.model())
        let inputs = try Self.inputs(fields["input"], emptyStringCounts: true)
        if inputs.isEmpty { throw .badRequest("invalid input") }
        request.inputs = inputs
        request.dimensions = try fields.integer("dimensions")
        switch try fields.string("encoding_format")?.lowercased() {
        case nil, "", "float": break
        case "base64": request.wantsBase64 = true
        case .some(let other):
            throw .badRequest("Invalid value for 'encoding_format' = \(other). Supported values: ['float', 'base64'].")
        }
        return request
    }

    /// `POST /v1/responses`
    static func responses(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.openAI(fields)
        request.prompt.add(try fields.string("instructions") ?? "")
        switch fields["input"] {
        case nil: throw .badRequest("input is required")
        case .string(let text): request.prompt.add(text)
        case .array(let items): try request.addMessages(items)
        case .some(let other): throw .badRequest("input must be a string or an array, not \(other.typeName)")
        }
        let tools = try fields.array("tools") ?? []
        request.addTools(tools.filter { $0.field("type")?.string == "function" }, parameters: "parameters")
        try request.chooseOpenAI(fields["tool_choice"])
        request.sentTools = .array(tools)
        request.sentToolChoice = fields["tool_choice"] ?? request.sentToolChoice
        request.limit = try fields.integer("max_output_tokens")
        let format = try fields.fields("text")?.fields("format")
        request.format = Self.format(try format?.string("type"), schema: format?["schema"])
        return request
    }

    /// `POST /v1/audio/transcriptions`: the audio stands for its text.
    static func transcription(_ form: MultipartForm, modelInQuery: String?) throws(RequestError) -> InferenceRequest {
        guard let model = modelInQuery ?? form.text("model"), !model.isEmpty else { throw .missingModel }
        guard let file = form.parts.first(where: { $0.name == "file" && $0.isFile }) else {
            throw .badRequest("file is required: no file of that name in the form")
        }
        if file.content.readableBytes == 0 { throw .badRequest("audio file is empty") }
        var request = InferenceRequest(model: model)
        request.wantsPlainText = form.text("response_format") == "text"
        request.prompt.add(form.text("prompt") ?? "")
        // About what a second of 16 kHz audio is worth to a model that reads 50 frames a second.
        request.prompt.add(String(repeating: "audio", count: file.content.readableBytes / 640 + 1))
        return request
    }

    private static func openAI(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = InferenceRequest(model: try fields.model())
        request.streams = try fields.bool("stream") ?? false
        request.seed = try fields.integer("seed")
        request.includesUsage = try fields.fields("stream_options")?.bool("include_usage") ?? false
        return request
    }

    private static func format(_ type: String?, schema: JSONValue?) -> AnswerFormat {
        switch (type, schema) {
        case ("json_object", _): return .json
        case ("json_schema", .some(let schema)): return .schema(schema)
        default: return .text
        }
    }
}

extension InferenceRequest {
    /// The tool that the answer calls, if it calls one; the same for the same number.
    func calledTool(number: UInt64) -> OfferedTool? {
        let candidates: [OfferedTool]
        switch self.toolChoice {
        case .none: return nil
        case .auto where self.hasToolResult: return nil
        case .auto, .required([]): candidates = self.tools
        case .required(let names): candidates = self.tools.filter { names.contains($0.name) }
        }
        var random = SeededRandom(seed: number)
        return candidates.isEmpty ? nil : candidates[random.number(below: candidates.count)]
    }

    /// `tools` as Ollama and OpenAI's chat completions have them: `{"type":"function","function":{"name":…,"parameters":…}}`.
    ///
    /// Those without a name are tools of other kinds, which no model of ours can call.
    mutating func addNestedTools(_ tools: [JSONValue]) {
        self.addTools(tools.map { $0.field("function") ?? .null }, parameters: "parameters")
    }

    /// `tools` whose fields stand in the tool itself, as with Anthropic and OpenAI's responses.
    mutating func addTools(_ tools: [JSONValue], parameters: StaticString) {
        for tool in tools {
            guard let object = tool.object, let name = object.field("name")?.string, !name.isEmpty else { continue }
            self.tools.append(OfferedTool(name: name, parameters: object.field(parameters)))
        }
    }

    /// `tool_choice` of the OpenAI API: a word, or an object that names a function or several allowed ones.
    mutating func chooseOpenAI(_ choice: JSONValue?) throws(RequestError) {
        switch choice {
        case nil, .string("auto"): break
        case .string("none"): self.toolChoice = .none
        case .string("required"): try self.require([])
        case .some(.object(let object)):
            switch object.field("type")?.string {
            case "function":
                try self.require([(object.field("function")?.object ?? object).field("name")?.string ?? ""])
            case "allowed_tools":
                try self.allow(object.field("allowed_tools")?.object ?? object)
            default:
                throw .badRequest("tool_choice: the type must be \"function\" or \"allowed_tools\"")
            }
        case .some:
            throw .badRequest("tool_choice must be \"none\", \"auto\", \"required\" or an object that names a function")
        }
    }

    /// `tool_choice` of the Anthropic API.
    mutating func chooseAnthropic(_ choice: RequestFields?) throws(RequestError) {
        switch try choice?.string("type") {
        case nil, "auto": break
        case "none": self.toolChoice = .none
        case "any": try self.require([])
        case "tool": try self.require([try choice?.string("name") ?? ""])
        case .some(let type):
            throw .badRequest("tool_choice: the type must be auto, any, tool or none, not \"\(type)\"")
        }
    }

    private mutating func require(_ names: [String]) throws(RequestError) {
        if self.tools.isEmpty { throw .badRequest("tool_choice asks for a tool, and tools has none") }
        for name in names where !self.tools.contains(where: { $0.name == name }) {
            throw .badRequest("tool_choice names \"\(name)\", which is none of the tools")
        }
        self.toolChoice = .required(names)
    }

    private mutating func allow(_ object: JSONObject) throws(RequestError) {
        let tools = object.field("tools")?.array ?? []
        let names = tools.compactMap { ($0.field("function")?.object ?? $0.object)?.field("name")?.string }
        if object.field("mode")?.string == "required" {
            try self.require(names)
        } else {
            self.tools.removeAll { !names.contains($0.name) }
        }
    }
}

extension InferenceRequest {
    /// `POST /v1/messages`
    static func messages(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = InferenceRequest(model: try fields.model())
        guard let limit = try fields.integer("max_tokens"), limit > 0 else {
            throw .badRequest("max_tokens is required and must be positive")
        }
        let messages = try fields.array("messages") ?? []
        if messages.isEmpty { throw .badRequest("messages is required") }
        request.limit = limit
        request.streams = try fields.bool("stream") ?? false
        request.thinks = try fields.fields("thinking")?.string("type") == "enabled"
        request.addContent(fields["system"])
        try request.addMessages(messages)
        // Tools of another type than these run at Anthropic.
        let tools = try fields.array("tools") ?? []
        request.addTools(
            tools.filter { ["custom", nil].contains($0.field("type")?.string) },
            parameters: "input_schema"
        )
        try request.chooseAnthropic(try fields.fields("tool_choice"))
        return request
    }
}
