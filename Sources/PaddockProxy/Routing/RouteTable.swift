// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// The routes, matched on the percent-decoded path.
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
    ///   - path: where the path is, percent-encoded as it came.
    /// - Returns: the route, and the dialect of errors on that path.
    package static func route(
        _ bytes: Span<UInt8>,
        method: ByteRange,
        path: ByteRange
    ) -> (route: Route, dialect: Dialect) {
        for index in path.lowerBound..<path.upperBound where bytes[index] == UInt8(ascii: "%") {
            // An escape that is broken is for the backend to refuse.
            guard let decoded = DecodedPath(bytes, path) else { return (.passThrough, .ollama) }
            let range = ByteRange(start: 0, end: decoded.bytes.count)
            return self.route(decoded.bytes.span, range, Method(bytes, method))
        }
        return self.route(bytes, path, Method(bytes, method))
    }

    private enum Method {
        case get, post, other

        init(_ bytes: Span<UInt8>, _ range: ByteRange) {
            // Methods are compared with regard to case (RFC 9110 §9.1).
            self = bytes.equals(range, "POST") ? .post : bytes.equals(range, "GET") ? .get : .other
        }
    }

    private static func route(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        _ method: Method
    ) -> (route: Route, dialect: Dialect) {
        if method == .post {
            for entry in self.queued where bytes.equals(path, entry.path) {
                return (.queued(entry.dialect, entry.field, entry.streaming), entry.dialect)
            }
        }
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

extension Span<UInt8> {
    /// Whether the bytes of a range are these very characters.
    func equals(_ range: ByteRange, _ text: StaticString) -> Bool {
        Int(range.count) == text.utf8CodeUnitCount && self.hasPrefix(range, text)
    }

    /// Whether the bytes of a range begin with these very characters.
    func hasPrefix(_ range: ByteRange, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard Int(range.count) >= length else { return false }
        return text.withUTF8Buffer { expected in
            // Paths differ at their ends sooner than at their beginnings.
            var offset = length
            while offset > 0 {
                offset -= 1
                if self[range.lowerBound + offset] != expected[offset] { return false }
            }
            return true
        }
    }
}
