// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

extension InferenceRequest {
    /// `POST /api/generate`
    static func generate(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.ollama(fields)
        let prompt = try fields.string("prompt") ?? ""
        request.isEmpty = prompt.isEmpty
        for text in [try fields.string("system"), prompt, try fields.string("suffix")] {
            request.prompt.add(text ?? "")
        }
        return request
    }

    /// `POST /api/chat`
    static func chat(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.ollama(fields)
        let messages = try fields.array("messages") ?? []
        request.isEmpty = messages.isEmpty
        try request.addMessages(messages)
        request.addNestedTools(try fields.array("tools") ?? [])
        return request
    }

    /// `POST /api/embed`
    static func embed(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.ollama(fields)
        request.streams = false
        request.inputs = try Self.inputs(fields["input"], emptyStringCounts: false)
        request.isEmpty = request.inputs?.isEmpty ?? true
        request.dimensions = try fields.integer("dimensions")
        return request
    }

    /// `POST /api/embeddings`
    static func embeddings(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = try Self.ollama(fields)
        request.streams = false
        let prompt = try fields.string("prompt") ?? ""
        request.inputs = prompt.isEmpty ? [] : [PromptDigest(prompt)]
        request.isEmpty = prompt.isEmpty
        return request
    }

    /// The texts of `input`, a string or a list of strings.
    static func inputs(_ input: JSONValue?, emptyStringCounts: Bool) throws(RequestError) -> [PromptDigest] {
        switch input {
        case nil:
            return []
        case .string(let text):
            return text.isEmpty && !emptyStringCounts ? [] : [PromptDigest(text)]
        case .array(let values):
            var digests: [PromptDigest] = []
            for value in values {
                guard let text = value.string else { throw .badRequest("invalid input type") }
                digests.append(PromptDigest(text))
            }
            return digests
        case .some:
            throw .badRequest("invalid input type")
        }
    }

    private static func ollama(_ fields: RequestFields) throws(RequestError) -> InferenceRequest {
        var request = InferenceRequest(model: try fields.model())
        request.streams = try fields.bool("stream") ?? true
        request.limit = try fields.option("num_predict")
        request.seed = try fields.option("seed")
        request.options = try RunnerOptions(fields)
        if let keepAlive = fields.pointer("keep_alive") {
            request.keepAlive = try KeepAlive(json: keepAlive)
        }
        switch fields["format"] {
        case nil, .string(""): break
        case .string("json"): request.format = .json
        case .some(.object(let schema)): request.format = .schema(.object(schema))
        case .some: throw .badRequest("format must be \"json\" or a JSON schema")
        }
        switch fields["think"] {
        case nil: break
        case .bool(let thinks): request.thinks = thinks
        case .string("low"), .string("medium"), .string("high"), .string("max"): request.thinks = true
        case .some: throw .badRequest("think must be a boolean or one of \"low\", \"medium\", \"high\", \"max\"")
        }
        return request
    }
}
