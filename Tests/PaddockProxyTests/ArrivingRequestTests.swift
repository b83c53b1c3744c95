// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy

@Suite("What the admission is told of a body")
struct ArrivingRequestTests {
    private static func request(_ path: String, _ body: String) throws -> ArrivingRequest {
        var scanner = ModelFieldScanner.json
        scanner.feed(Array(body.utf8).span)
        #expect(scanner.finish() == .model("m"))
        let route = try #require(InferenceRoutes.all.first { $0.path == path }).route
        var request = ArrivingRequest(id: "", model: "m", client: Client(name: ""), deadline: Instant(nanoseconds: 0))
        request.take(scanner.hints, of: route)
        return request
    }

    @Test("On Ollama's routes options and keep_alive count, on others they do not")
    func options() throws {
        let body = #"{"model":"m","prompt":"p","messages":[1],"input":"i","options":{"num_ctx":512},"keep_alive":5}"#
        for (path, _) in InferenceRoutes.all {
            let request = try Self.request(path, body)
            #expect(request.options.description == (path.hasPrefix("/api/") ? "num_ctx=512" : ""), "\(path)")
            #expect(request.keepAlive == (path.hasPrefix("/api/") ? .seconds(5) : nil), "\(path)")
            #expect(!request.isLoad, "\(path)")
        }
    }

    @Test("On Ollama's routes a body without a prompt only loads the model")
    func load() throws {
        for (path, _) in InferenceRoutes.all {
            #expect(try Self.request(path, #"{"model":"m"}"#).isLoad == path.hasPrefix("/api/"), "\(path)")
        }
    }

    @Test("With keep_alive 0 such a body only unloads the model, if it generates: for embeddings Ollama loads it first")
    func unload() throws {
        for (path, _) in InferenceRoutes.all {
            let request = try Self.request(path, #"{"model":"m","keep_alive":"0s"}"#)
            #expect(request.isUnload == ["/api/generate", "/api/chat"].contains(path), "\(path)")
            for body in [#"{"model":"m"}"#, #"{"model":"m","keep_alive":-1}"#, #"{"model":"m","keep_alive":"1e400s"}"#]
            {
                #expect(try !Self.request(path, body).isUnload, "\(path) \(body)")
            }
            #expect(try !Self.request(path, #"{"model":"m","prompt":"p","messages":[1],"keep_alive":0}"#).isUnload)
        }
    }

    @Test("On Ollama's routes num_predict bounds an answer, on others max_tokens and its like do")
    func maxAnswerTokens() throws {
        let body = #"{"model":"m","max_tokens":5,"options":{"num_predict":6}}"#
        for (path, _) in InferenceRoutes.all {
            #expect(try Self.request(path, body).maxAnswerTokens == (path.hasPrefix("/api/") ? 6 : 5), "\(path)")
        }
    }

    @Test("Inputs count if the route embeds them")
    func units() throws {
        let embeddings: Set<String> = ["/api/embed", "/v1/embeddings", "/embeddings"]
        for (path, _) in InferenceRoutes.all {
            let request = try Self.request(path, #"{"model":"m","input":["a","b","c"]}"#)
            #expect(request.units == (embeddings.contains(path) ? 3 : 1), "\(path)")
            #expect(try Self.request(path, #"{"model":"m","input":[]}"#).units == 1, "\(path)")
        }
    }
}
