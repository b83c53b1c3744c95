// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockJSON

extension SimulatorEngine {
    /// Starts an inference request, or answers it at once where there is nothing to wait for.
    func infer(
        _ route: InferenceRoute,
        target: RequestTarget,
        contentType: String?,
        body: ByteBuffer,
        connection: SimulatorConnection
    ) throws(RequestError) {
        let request = try Self.request(route, target: target, contentType: contentType, body: body)
        guard let model = self.catalogue.find(request.model) else { throw .unknownModel(request.model) }
        if model.isEmbeddingModel && request.inputs == nil {
            throw .badRequest("\"\(request.model)\" does not support \(route.capability)")
        }
        if request.isEmpty, request.inputs == nil, request.keepAlive == .nanoseconds(0) {
            self.unload(request.model)
            connection.send(.json(self.ollamaWriter(route, request).empty(reason: "unload")))
            return
        }
        let plan = self.plan(request, toolCall: self.toolCall(request))
        let work = self.work(request, model: model, plan: plan)
        let output = self.output(route, request, model: model, plan: plan)
        let exchange = AnswerExchange(
            work: work,
            output: output,
            dialect: route.dialect,
            connection: connection,
            engine: self
        )
        connection.exchange = exchange
        exchange.start(work)
    }

    private static func request(
        _ route: InferenceRoute,
        target: RequestTarget,
        contentType: String?,
        body: ByteBuffer
    ) throws(RequestError) -> InferenceRequest {
        if route == .transcriptions {
            let form = try MultipartForm(contentType: contentType, body: body)
            return try .transcription(form, modelInQuery: target.parameter("model"))
        }
        let fields = try RequestFields(body: body)
        switch route {
        case .generate: return try .generate(fields)
        case .chat: return try .chat(fields)
        case .embed: return try .embed(fields)
        case .embeddings: return try .embeddings(fields)
        case .chatCompletions: return try .chatCompletion(fields)
        case .completions: return try .completion(fields)
        case .openAIEmbeddings: return try .openAIEmbeddings(fields)
        case .responses: return try .responses(fields)
        case .messages: return try .messages(fields)
        case .transcriptions: throw .missingModel
        }
    }

    /// The same number for the same seed, model and text.
    private func seed(_ request: InferenceRequest, text: PromptDigest) -> UInt64 {
        let model = PromptDigest(ModelCatalogue.key(for: request.model)).hash
        let client = UInt64(bitPattern: Int64(request.seed ?? 0))
        var random = SeededRandom(seed: self.options.seed ^ model.byteSwapped ^ text.hash &+ client)
        return random.next()
    }

    /// The call that is the answer, if it is one.
    private func toolCall(_ request: InferenceRequest) -> ToolCall? {
        guard let tool = request.calledTool(number: self.seed(request, text: request.prompt)) else { return nil }
        return ToolCall(of: tool, number: self.options.seed ^ UInt64(self.machine.totals.arrived + 1))
    }

    private func plan(_ request: InferenceRequest, toolCall: ToolCall?) -> AnswerPlan {
        let context = request.options.contextLength ?? self.options.hardware.contextLength
        return AnswerPlan(
            seed: self.seed(request, text: request.prompt),
            meanTokens: self.options.meanTokens,
            limit: request.limit,
            room: context - min(request.prompt.tokens, context - 1),
            thinks: request.thinks,
            format: toolCall.map { .toolCall($0) } ?? request.format
        )
    }

    private func work(_ request: InferenceRequest, model: SimulatedModel, plan: AnswerPlan) -> Work {
        let context = request.options.contextLength ?? self.options.hardware.contextLength
        let kind: Work.Kind
        var tokens = min(request.prompt.tokens, context)
        if request.isEmpty {
            kind = .load
        } else if let inputs = request.inputs {
            let inputs = inputs.map { min($0.tokens, context) }
            kind = .embed(inputs: inputs)
            tokens = inputs.reduce(0, +)
        } else {
            kind = .generate(answerTokens: plan.tokens)
        }
        return Work(
            model: ModelCatalogue.key(for: model.name),
            isEmbeddingModel: model.isEmbeddingModel,
            isRemote: model.isRemote,
            size: model.size,
            options: request.options,
            promptTokens: tokens,
            kind: kind,
            keepAlive: request.keepAlive
        )
    }

    private func ollamaWriter(
        _ route: InferenceRoute,
        _ request: InferenceRequest,
        toolCall: ToolCall? = nil
    ) -> OllamaAnswerWriter {
        let shape = route == .chat ? OllamaAnswerWriter.Shape.chat : .generate
        return OllamaAnswerWriter(shape: shape, model: request.model, clock: self.clock, toolCall: toolCall)
    }

    private func output(
        _ route: InferenceRoute,
        _ request: InferenceRequest,
        model: SimulatedModel,
        plan: AnswerPlan
    ) -> AnswerExchange.Output {
        let name = request.model
        let created = self.clock.seconds
        let id = self.machine.totals.arrived + 1
        let toolCall = plan.toolCall
        switch route {
        case .generate, .chat:
            let writer = self.ollamaWriter(route, request, toolCall: toolCall)
            if request.isEmpty { return .whole { _ in .json(writer.empty(reason: "load")) } }
            return Self.output(writer, plan, streams: request.streams) { .json($0) }
        case .chatCompletions:
            let usage = request.includesUsage
            let writer = ChatCompletionWriter(
                model: name,
                id: id,
                created: created,
                includesUsage: usage,
                toolCall: toolCall
            )
            return Self.output(writer, plan, streams: request.streams) { .openAI($0) }
        case .completions:
            let usage = request.includesUsage
            let writer = CompletionWriter(model: name, id: id, created: created, includesUsage: usage)
            return Self.output(writer, plan, streams: request.streams) { .openAI($0) }
        case .responses:
            let writer = ResponsesWriter(
                model: name,
                id: id,
                created: created,
                toolCall: toolCall,
                tools: request.sentTools,
                toolChoice: request.sentToolChoice
            )
            return Self.output(writer, plan, streams: request.streams) { .openAI($0) }
        case .messages:
            let writer = MessagesWriter(model: name, id: id, toolCall: toolCall)
            return Self.output(writer, plan, streams: request.streams) { .openAI($0) }
        case .transcriptions:
            let isPlain = request.wantsPlainText
            return .whole { report in
                let answer = WholeAnswer(plan: plan, report: report)
                return isPlain ? .text(answer.text) : .openAI(#"{"text":\#(answer.text)}"#)
            }
        case .embed, .embeddings, .openAIEmbeddings:
            return self.embeddingOutput(route, request, model: model)
        }
    }

    private static func output(
        _ writer: some AnswerWriter,
        _ plan: AnswerPlan,
        streams: Bool,
        reply: @escaping (JSONText) -> HTTPReply
    ) -> AnswerExchange.Output {
        if streams { return .stream(writer, AnswerTokens(plan: plan), ending: plan.ending) }
        return .whole { reply(writer.whole(WholeAnswer(plan: plan, report: $0))) }
    }

    private func embeddingOutput(
        _ route: InferenceRoute,
        _ request: InferenceRequest,
        model: SimulatedModel
    ) -> AnswerExchange.Output {
        let dimensions = min(request.dimensions.flatMap { $0 > 0 ? $0 : nil } ?? .max, model.embeddingLength)
        let seeds = (request.inputs ?? []).map { self.seed(request, text: $0) }
        return .whole { report in
            let vectors = seeds.map { EmbeddingVector(seed: $0, dimensions: dimensions) }
            let reply = EmbeddingReply(model: request.model, vectors: vectors, report: report)
            switch route {
            case .embed: return .json(reply.embed)
            case .embeddings: return .json(reply.embeddings)
            default: return .openAI(reply.openAI(base64: request.wantsBase64))
            }
        }
    }
}
