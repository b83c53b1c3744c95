// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

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
            tools.filter { ["custom", nil].contains($0.object?["type"]?.string) },
            parameters: "input_schema"
        )
        try request.chooseAnthropic(try fields.fields("tool_choice"))
        return request
    }
}
