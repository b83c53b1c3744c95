// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@testable import PaddockProxy

@Suite("Routes")
struct RouteTableTests {
    private static let own = ["/queue/stats", "/health", "/metrics", "/dashboard", "/admin", "/admin/*"].map {
        OwnPath($0)
    }

    private static func route(
        _ method: String,
        _ path: String,
        _ table: RouteTable = RouteTable()
    ) throws -> (route: Route, dialect: Dialect) {
        try self.asked(method, path) { bytes, method, target in
            table.route(bytes, method: method, target: target, own: self.own)
        }
    }

    private static func asked<Answer>(
        _ method: String,
        _ path: String,
        _ ask: (Span<UInt8>, ByteRange, RequestTarget) -> Answer
    ) throws -> Answer {
        let bytes = Array((method + path).utf8)
        let pathStart = method.utf8.count
        let method = ByteRange(start: 0, end: pathStart)
        let target = try RequestTarget(bytes.span, ByteRange(start: pathStart, end: bytes.count), method: method)
        return ask(bytes.span, method, target)
    }

    private static let chat = Route.queued(
        Route.Queued(dialect: .ollama, model: .json(acceptsZstandard: false), streaming: .byDefault)
    )

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
            ("/v1/audio/translations", .openAI, .multipart, .never),
            ("/v1/audio/speech", .openAI, .json(acceptsZstandard: true), .never),
            ("/v1/images/generations", .openAI, .json(acceptsZstandard: true), .never),
            ("/v1/images/edits", .openAI, .jsonOrMultipart(acceptsZstandard: true), .never),
            ("/api/%67enerate", .ollama, .json(acceptsZstandard: false), .byDefault),
        ] as [(String, Dialect, Route.ModelField, Route.Streaming)]
    )
    func queued(path: String, dialect: Dialect, field: Route.ModelField, streaming: Route.Streaming) throws {
        let posted = try Self.route("POST", path)
        var expected = Route.Queued(dialect: dialect, model: field, streaming: streaming)
        expected.hasInputs = path == "/api/embed" || path == "/v1/embeddings"
        #expect(posted.route == .queued(expected))
        #expect(posted.dialect == dialect)
        for method in ["GET", "HEAD", "PUT", "post", "POSTS", "OPTIONS"] {
            let other = try Self.route(method, path)
            #expect(other.route == .passThrough && other.dialect == dialect, "\(method)")
        }
        for suffix in ["x", "%20", ";x", "%3Bx", "/x", "%2561", "%0A"] {
            #expect(try Self.route("POST", path + suffix).route == .passThrough)
        }
    }

    @Test(
        "The routes of llama.cpp's server and vLLM need no model",
        arguments: [
            ("/completion", .onRequest), ("/completions", .onRequest), ("/chat/completions", .onRequest),
            ("/responses", .onRequest), ("/infill", .onRequest), ("/invocations", .onRequest), ("/v1/rerank", .never),
            ("/v1/score", .never), ("/v1/reranking", .never), ("/rerank", .never), ("/reranking", .never),
            ("/embedding", .never), ("/embeddings", .never), ("/audio/transcriptions", .never), ("/score", .never),
            ("/v2/rerank", .never), ("/classify", .never), ("/pooling", .never),
        ] as [(String, Route.Streaming)]
    )
    func engines(path: String, streaming: Route.Streaming) throws {
        let posted = try Self.route("POST", path)
        let queued = Route.Queued(
            dialect: .openAI,
            model: .jsonOrMultipart(acceptsZstandard: false),
            streaming: streaming,
            isModelOptional: true,
            hasInputs: path == "/embeddings"
        )
        #expect(posted.route == .queued(queued) && posted.dialect == .openAI)
        #expect(try Self.route("GET", path).route == .passThrough)
    }

    @Test("Queued routes can be added and removed, in every spelling; own routes stay own routes")
    func changes() throws {
        let table = RouteTable(
            queued: ["/x", "/v1/y", "/health", "/api/chat"],
            passedThrough: ["/rerank", "/api/embed"]
        )
        for path in ["/x", "//x/", "/a/..%2Fx"] {
            guard case .queued(let queued) = try Self.route("POST", path, table).route else {
                Issue.record("\(path) is not queued")
                continue
            }
            #expect(
                queued
                    == Route.Queued(
                        dialect: .ollama,
                        model: .jsonOrMultipart(acceptsZstandard: false),
                        streaming: .onRequestInAnyFormat,
                        isModelOptional: true
                    )
            )
            #expect(try Self.route("GET", path, table).route == .passThrough)
        }
        #expect(try Self.route("POST", "/v1/y", table).dialect == .openAI)
        #expect(try Self.route("POST", "/health", table).route == .own)
        #expect(try Self.route("POST", "/api/chat", table).route == Self.chat)
        for path in ["/rerank", "/rerank/", "/api/embed", "//api/embed"] {
            #expect(try Self.route("POST", path, table).route == .passThrough)
        }
    }

    @Test("A route is open under its very name alone, with every method")
    func open() throws {
        let table = RouteTable(open: ["/", "/api/tags"])
        func isOpen(_ path: String) throws -> Bool {
            try Self.asked("POST", path) { bytes, _, target in table.isOpen(bytes, target) }
        }
        for path in ["/", "/?x", "/api/tags", "/api/%74ags", "http://h/api/tags"] {
            #expect(try isOpen(path), "\(path)")
        }
        for path in [
            "//", "/api/tags/", "/api//tags", "/x/../api/tags", "/API/tags", "/api/tagsx", "/api", "/api/show",
        ] {
            #expect(try !isOpen(path), "\(path)")
        }
    }

    @Test("Changes of models are protected in every spelling, if configured")
    func protected() throws {
        func isProtected(_ method: String, _ path: String, _ table: RouteTable) throws -> Bool {
            try Self.asked(method, path) { table.isProtected($0, method: $1, target: $2) }
        }
        let table = RouteTable(protectsModels: true)
        for path in [
            "/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/blobs/sha256:0", "/api/signout",
            "/api/user/keys/a", "/models", "/models/load", "/models/unload", "/lora-adapters", "/props", "/slots/0",
            "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "//api/pull", "/x/..%2Fapi/pull/",
            "/api/blobs//sha256:0",
        ] {
            for method in ["POST", "DELETE", "PUT", "BREW"] { #expect(try isProtected(method, path, table), "\(path)") }
            for method in ["GET", "HEAD", "OPTIONS"] { #expect(try !isProtected(method, path, table), "\(path)") }
            #expect(try !isProtected("POST", path, RouteTable()))
        }
        for path in ["/api/show", "/api/chat", "/api/tags", "/api/blobs", "/api/pulls", "/"] {
            #expect(try !isProtected("POST", path, table), "\(path)")
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
            "/api/chat/a\\b/..", "/api/chat/a%5Cb/../", "/x\\y/../api/chat", "//h/x%5cy/..%2Fapi/chat",
        ]
    )
    func otherSpellings(target: String) throws {
        #expect(try Self.route("POST", target).route == Self.chat)
        #expect(try Self.route("PUT", target).route == .passThrough)
    }

    @Test(
        "Own routes match only their exact names",
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
            "/queue/stats", "/health", "/metrics", "/dashboard", "/admin", "/admin/", "/admin/limits/llama2",
            "/admin%2Flimits", "/%68ealth", "http://h/health", "/queue/stats?model=a",
        ],
        ["GET", "HEAD", "POST", "DELETE", "BREW"]
    )
    func own(path: String, method: String) throws {
        let found = try Self.route(method, path)
        #expect(found.route == .own && found.dialect == .ollama)
    }

    /// The paths are compared as numbers; these are their meanings.
    @Test("A plain path is queued exactly if it is one of the inference routes, byte for byte")
    func samePaths() throws {
        let table = RouteTable(passedThrough: ["/rerank"])
        var paths: [[UInt8]] = []
        for path in InferenceRoutes.paths.map({ Array($0.utf8) }) {
            paths += [path, path + path, path + [0x78]]
            for index in 1..<path.count {
                var (changed, swapped, doubled, shortened) = (path, path, path, path)
                changed[index] ^= 0x01
                swapped.swapAt(index, index - 1)
                doubled.insert(path[index], at: index)
                shortened.remove(at: index)
                paths += [changed, swapped, doubled, shortened, Array(path[..<index])]
            }
        }
        for path in paths.map({ String(decoding: $0, as: UTF8.self) }) {
            let found: Route?
            do {
                found = try Self.asked("POST", path) { bytes, method, target in
                    target.isPlain && bytes.text(target.path) == path
                        ? table.route(bytes, method: method, target: target).route : nil
                }
            } catch { continue }
            guard let found else { continue }
            let expected = InferenceRoutes.all.first { $0.path == path && path != "/rerank" }
            if let expected {
                #expect(found == .queued(expected.route), "\(path)")
            } else {
                #expect(found == .passThrough, "\(path)")
            }
        }
    }

    @Test(
        "What several backends answer together",
        arguments: [
            ("/api/tags", .tags, .ollama), ("/api/ps", .running, .ollama), ("/v1/models", .openAIModels, .openAI),
        ] as [(String, Route.Union, Dialect)]
    )
    func unions(path: String, union: Route.Union, dialect: Dialect) throws {
        for method in ["GET", "HEAD"] {
            let found = try Self.route(method, path)
            #expect(found.route == .union(union) && found.dialect == dialect)
        }
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
