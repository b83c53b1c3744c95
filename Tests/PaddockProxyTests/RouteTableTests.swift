// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import PaddockProxy
import Testing

@Suite("Routes")
struct RouteTableTests {
    private static func route(_ method: String, _ path: String) throws -> (route: Route, dialect: Dialect) {
        let bytes = Array((method + path).utf8)
        let pathStart = method.utf8.count
        let method = ByteRange(start: 0, end: pathStart)
        let target = try RequestTarget(bytes.span, ByteRange(start: pathStart, end: bytes.count), method: method)
        return RouteTable.route(bytes.span, method: method, target: target)
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
        ] as [(String, Dialect, Route.ModelField, Route.Streaming)]
    )
    func queued(path: String, dialect: Dialect, field: Route.ModelField, streaming: Route.Streaming) throws {
        let posted = try Self.route("POST", path)
        #expect(posted.route == .queued(dialect, field, streaming) && posted.dialect == dialect)
        for method in ["GET", "HEAD", "PUT", "post", "POSTS", "OPTIONS"] {
            let other = try Self.route(method, path)
            #expect(other.route == .passThrough && other.dialect == dialect, "\(method)")
        }
        for suffix in ["x", "%20", ";x", "%3Bx", "/x", "%2561", "%0A"] {
            #expect(try Self.route("POST", path + suffix).route == .passThrough)
        }
    }

    @Test(
        "Whatever a server may take for an inference route is queued",
        arguments: [
            "/api/chat/", "/api/chat///", "/api/chat%2F", "//api/chat", "/api//chat", "/%2Fapi/chat", "/api%2Fchat",
            "/api%2fchat%2f", "/./api/chat", "/api/./chat/.", "/x/../api/chat", "/../api/chat", "/../../api/chat",
            "/x/%2e%2E/api/chat", "/x%2F..%2Fapi/chat", "/api/chat/x/..", "/api/chat/x/../", "/api/x/y/../../chat",
            "/api/chat/y%2Fz/..", "/api/y%2Fz/../chat", "/api/y%2F../z%2Fw/../chat%2F", "/api\\chat",
            "\u{2f}\\api/chat", "/x\\..\\api/chat", "/x%5C..%5Capi/chat", "//host/api/chat", "//host:80//api/./chat",
            "/\\host/api/chat", "http://h/api/chat/", "http://h//api/chat", "/%61pi/%63hat?stream=1", "/api/chat/?x",
        ]
    )
    func otherSpellings(target: String) throws {
        #expect(try Self.route("POST", target).route == .queued(.ollama, .json(acceptsZstandard: false), .byDefault))
        #expect(try Self.route("PUT", target).route == .passThrough)
    }

    @Test(
        "What is ours is so under its very name alone",
        arguments: [
            "//admin/queue/reset", "/x/../admin/queue/reset", "/./health", "/health/", "/queue//stats", "/metrics/..",
            "/x/%2e%2e/admin/log", "/x%2F..%2Fadmin/log", "/\\admin/log", "//host/admin/log",
        ]
    )
    func notOwn(target: String) throws { #expect(try Self.route("POST", target).route == .passThrough) }

    @Test("The longest path costs no more than its length")
    func longPath() throws {
        for piece in ["/", "/.", "/..", "/a/..", "%2F..", "\\x%2Fy/.."] {
            let path = "/" + String(repeating: piece, count: 60_000 / piece.utf8.count)
            #expect(try Self.route("POST", path).route == .passThrough)
            #expect(try Self.route("POST", path + "/../../api/chat").route != .passThrough)
        }
    }

    @Test(
        "Paddock's own routes are so with every method",
        arguments: [
            "/queue/stats", "/queue/memory", "/health", "/health/live", "/health/ready", "/metrics", "/dashboard",
            "/dashboard/", "/dashboard/events", "/dashboard/dashboard.js",
            "/queue/requests", "/queue/requests/abc", "/admin", "/admin/", "/admin/limits/llama2", "/admin%2Flimits",
            "/%68ealth", "http://h/health", "/queue/stats?model=a",
        ],
        ["GET", "HEAD", "POST", "DELETE", "BREW"]
    )
    func own(path: String, method: String) throws {
        let found = try Self.route(method, path)
        #expect(found.route == .own && found.dialect == .ollama)
    }

    @Test(
        "What several backends answer together",
        arguments: [
            ("/api/tags", .tags, .ollama), ("/api/ps", .running, .ollama), ("/v1/models", .openAIModels, .openAI),
        ] as [(String, Route.Union, Dialect)]
    )
    func unions(path: String, union: Route.Union, dialect: Dialect) throws {
        let found = try Self.route("GET", path)
        #expect(found.route == .union(union) && found.dialect == dialect)
        #expect(try Self.route("HEAD", path).route == .passThrough)
        #expect(try Self.route("POST", path).route == .passThrough)
    }

    @Test(
        "Everything else passes through, in the dialect of its path",
        arguments: [
            ("/", .ollama), ("/api/show", .ollama), ("/api/blobs/sha256:1", .ollama), ("/API/chat", .ollama),
            ("/api/%2563hat", .ollama), ("/api/chat/../x", .ollama), ("/api/chat;x=1/", .ollama), ("//", .ollama),
            ("/administrator", .ollama), ("/queue", .ollama), ("/queue/stats/", .ollama),
            ("/health/other", .ollama), ("/v1", .ollama), ("/v1/", .openAI), ("/%761/models", .openAI),
            ("/v1/models/llama2", .openAI),
            ("/v1/messagesx", .openAI), ("/v1/messages/count_tokens", .anthropic),
        ] as [(String, Dialect)]
    )
    func others(path: String, dialect: Dialect) throws {
        let found = try Self.route("POST", path)
        #expect(found.route == .passThrough && found.dialect == dialect)
    }
}
