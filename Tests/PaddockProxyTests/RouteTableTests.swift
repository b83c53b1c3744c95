// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import PaddockProxy
import Testing

@Suite("Routes")
struct RouteTableTests {
    private static func route(_ method: String, _ path: String) -> (route: Route, dialect: Dialect) {
        let bytes = Array((method + path).utf8)
        let pathStart = method.utf8.count
        return RouteTable.route(
            bytes.span,
            method: ByteRange(start: 0, end: pathStart),
            path: ByteRange(start: pathStart, end: bytes.count)
        )
    }

    @Test(
        "The routes that take a slot, in the dialect of each",
        arguments: [
            ("/api/chat", .ollama, .json(acceptsZstandard: false), .byDefault),
            ("/api/generate", .ollama, .json(acceptsZstandard: false), .byDefault),
            ("/api/embed", .ollama, .json(acceptsZstandard: false), .never),
            ("/api/embeddings", .ollama, .json(acceptsZstandard: false), .never),
            ("/v1/chat/completions", .openAI, .json(acceptsZstandard: true), .onRequest),
            ("/v1/completions", .openAI, .json(acceptsZstandard: true), .onRequest),
            ("/v1/embeddings", .openAI, .json(acceptsZstandard: true), .never),
            ("/v1/responses", .openAI, .json(acceptsZstandard: true), .onRequest),
            ("/v1/messages", .anthropic, .json(acceptsZstandard: true), .onRequest),
            ("/v1/audio/transcriptions", .openAI, .multipart, .never),
            ("/api/%67enerate", .ollama, .json(acceptsZstandard: false), .byDefault),
            ("%2Fapi%2fchat", .ollama, .json(acceptsZstandard: false), .byDefault),
        ] as [(String, Dialect, Route.ModelField, Route.Streaming)]
    )
    func queued(path: String, dialect: Dialect, field: Route.ModelField, streaming: Route.Streaming) {
        let posted = Self.route("POST", path)
        #expect(posted.route == .queued(dialect, field, streaming) && posted.dialect == dialect)
        for method in ["GET", "HEAD", "PUT", "post", "POSTS", "OPTIONS"] {
            let other = Self.route(method, path)
            #expect(other.route == .passThrough && other.dialect == dialect, "\(method)")
        }
        for suffix in ["/", "x", "%20"] { #expect(Self.route("POST", path + suffix).route == .passThrough) }
    }

    @Test(
        "Paddock's own routes are so with every method",
        arguments: [
            "/queue/stats", "/queue/memory", "/health", "/health/live", "/health/ready", "/metrics", "/dashboard",
            "/dashboard/", "/dashboard/events", "/dashboard/dashboard.js",
            "/queue/requests", "/queue/requests/abc", "/admin", "/admin/", "/admin/limits/llama2", "/admin%2Flimits",
            "/%68ealth",
        ],
        ["GET", "HEAD", "POST", "DELETE", "BREW"]
    )
    func own(path: String, method: String) {
        let found = Self.route(method, path)
        #expect(found.route == .own && found.dialect == .ollama)
    }

    @Test(
        "What several backends answer together",
        arguments: [
            ("/api/tags", .tags, .ollama), ("/api/ps", .running, .ollama), ("/v1/models", .openAIModels, .openAI),
        ] as [(String, Route.Union, Dialect)]
    )
    func unions(path: String, union: Route.Union, dialect: Dialect) {
        let found = Self.route("GET", path)
        #expect(found.route == .union(union) && found.dialect == dialect)
        #expect(Self.route("HEAD", path).route == .passThrough)
        #expect(Self.route("POST", path).route == .passThrough)
    }

    @Test(
        "Everything else passes through, in the dialect of its path",
        arguments: [
            ("/", .ollama), ("", .ollama), ("*", .ollama), ("/api/show", .ollama), ("/api/blobs/sha256:1", .ollama),
            ("/API/chat", .ollama), ("//api/chat", .ollama), ("/api/chat%", .ollama), ("/api/%zzchat", .ollama),
            ("/api/%2563hat", .ollama), ("/administrator", .ollama), ("/queue", .ollama), ("/queue/stats/", .ollama),
            ("/health/other", .ollama), ("/v1", .ollama), ("/v1/", .openAI), ("/v1/models/llama2", .openAI),
            ("/v1/messagesx", .openAI), ("/v1/messages/count_tokens", .anthropic),
        ] as [(String, Dialect)]
    )
    func others(path: String, dialect: Dialect) {
        let found = Self.route("POST", path)
        #expect(found.route == .passThrough && found.dialect == dialect)
    }
}
