// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// The routes (contract section 2).
///
/// Queued ones are matched on every reading of the path that a server might have, so that nothing reaches a model past
/// its queue; all others on the percent-decoded path alone.
package enum RouteTable {
    private typealias QueuedRoute = (
        path: StaticString, dialect: Dialect, field: Route.ModelField, streaming: Route.Streaming
    )

    private static let queued: [QueuedRoute] = [
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
    ]
    private static let own: [StaticString] = [
        "/queue/stats", "/queue/memory", "/queue/requests", "/health", "/health/live", "/health/ready", "/metrics",
        "/dashboard",
    ]
    private static let unions: [(path: StaticString, union: Route.Union)] = [
        ("/api/tags", .tags), ("/api/ps", .running), ("/v1/models", .openAIModels),
    ]

    /// The route of a request.
    ///
    /// - Parameters:
    ///   - bytes: the head.
    ///   - method: where its method is.
    ///   - target: its target.
    /// - Returns: the route, and the dialect of errors on that path.
    package static func route(
        _ bytes: Span<UInt8>,
        method: ByteRange,
        target: RequestTarget
    ) -> (route: Route, dialect: Dialect) {
        let method = Method(bytes, method)
        if target.isPlain {
            if method == .post, let queued = self.queuedRoute(bytes, target.path) { return queued }
            return self.otherRoute(bytes, target.path, method)
        }
        if method == .post {
            let readings = PathReadings(bytes, target.path)
            for entry in self.queued where readings.contains({ $0.equals(entry.path) }) {
                return (.queued(entry.dialect, entry.field, entry.streaming), entry.dialect)
            }
        }
        // What is ours is so under one name only: a proxy before us may forbid that name.
        let decoded = DecodedPath(bytes, target.path).bytes
        return self.otherRoute(decoded.span, ByteRange(start: 0, end: decoded.count), method)
    }

    private enum Method {
        case get, post, other

        init(_ bytes: Span<UInt8>, _ range: ByteRange) {
            // Methods are compared with regard to case (RFC 9110 §9.1).
            self = bytes.equals(range, "POST") ? .post : bytes.equals(range, "GET") ? .get : .other
        }
    }

    private static func queuedRoute(_ bytes: Span<UInt8>, _ path: ByteRange) -> (route: Route, dialect: Dialect)? {
        for entry in self.queued where bytes.equals(path, entry.path) {
            return (.queued(entry.dialect, entry.field, entry.streaming), entry.dialect)
        }
        return nil
    }

    private static func otherRoute(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        _ method: Method
    ) -> (route: Route, dialect: Dialect) {
        for entry in self.own where bytes.equals(path, entry) { return (.own, .ollama) }
        if bytes.hasPrefix(path, "/queue/requests/") { return (.own, .ollama) }
        if bytes.equals(path, "/admin") || bytes.hasPrefix(path, "/admin/") { return (.own, .ollama) }
        if bytes.hasPrefix(path, "/dashboard/") { return (.own, .ollama) }
        let dialect = self.dialect(bytes, path)
        if method == .get {
            for entry in self.unions where bytes.equals(path, entry.path) { return (.union(entry.union), dialect) }
        }
        return (.passThrough, dialect)
    }

    private static func dialect(_ bytes: Span<UInt8>, _ path: ByteRange) -> Dialect {
        if bytes.equals(path, "/v1/messages") || bytes.hasPrefix(path, "/v1/messages/") { return .anthropic }
        return bytes.hasPrefix(path, "/v1/") ? .openAI : .ollama
    }
}
