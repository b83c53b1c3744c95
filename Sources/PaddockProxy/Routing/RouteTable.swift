// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// The routes (contract section 2).
///
/// Queued ones, and those that change a backend, are matched on every reading of the path that a server might have, so
/// that nothing gets past a queue or a permission; all others on the percent-decoded path alone.
package final class RouteTable: Sendable {
    /// Whether routes that change what a backend has are for admins only.
    package let protectsModels: Bool
    /// The inference routes that are queued, the most frequent ones first.
    private let inference: [(key: PathKey, route: Route.Queued)]
    private let added: [(path: [UInt8], route: Route.Queued)]
    private let open: [[UInt8]]

    /// - Parameters:
    ///   - queued: the paths that are queued in addition to the inference routes.
    ///   - passedThrough: the inference routes that are not queued.
    ///   - open: the paths that need no key.
    ///   - protectsModels: whether routes that change what a backend has are for admins only.
    package init(
        queued: [String] = [],
        passedThrough: [String] = [],
        open: [String] = [],
        protectsModels: Bool = false
    ) {
        self.inference = InferenceRoutes.all.filter { !passedThrough.contains($0.path) }.map { path, route in
            let bytes = Array(path.utf8)
            guard let key = PathKey(bytes.span, ByteRange(start: 0, end: bytes.count)) else {
                preconditionFailure("the path of an inference route has at most \(PathKey.maxBytes) bytes: \(path)")
            }
            return (key, route)
        }
        self.added = queued.filter { !InferenceRoutes.paths.contains($0) }.map { path in
            let bytes = Array(path.utf8)
            let range = ByteRange(start: 0, end: bytes.count)
            return (bytes, InferenceRoutes.added(Self.dialect(bytes.span, range)))
        }
        self.open = open.map { Array($0.utf8) }
        self.protectsModels = protectsModels
    }

    private static let unions: [(path: StaticString, union: Route.Union)] = [
        ("/api/tags", .tags), ("/api/ps", .running), ("/v1/models", .openAIModels),
    ]
    /// What changes the models, the account or the settings of Ollama, llama.cpp's server and vLLM.
    private static let changing: [StaticString] = [
        "/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/signout",
        "/models", "/models/load", "/models/unload", "/lora-adapters", "/props",
        "/v1/load_lora_adapter", "/v1/unload_lora_adapter",
    ]
    private static let changingPrefixes: [StaticString] = ["/api/blobs/", "/api/user/keys/", "/slots/"]

    /// The route of a request.
    ///
    /// - Parameters:
    ///   - bytes: the head.
    ///   - method: the range of its method.
    ///   - target: its target.
    ///   - own: the paths that Paddock answers itself. Defaults to none.
    /// - Returns: the route, and the dialect of errors on that path.
    package func route(
        _ bytes: Span<UInt8>,
        method: ByteRange,
        target: RequestTarget,
        own: [OwnPath] = []
    ) -> (route: Route, dialect: Dialect) {
        let isPost = Self.isPost(bytes, method)
        if target.isPlain {
            let path = target.path
            if isPost, let queued = self.inferenceRoute(bytes, path) { return (.queued(queued), queued.dialect) }
            if own.contains(where: { $0.matches(bytes, path) }) { return (.own, Self.dialect(bytes, path)) }
            if isPost, let queued = self.addedRoute(bytes, path) { return (.queued(queued), queued.dialect) }
            return Self.otherRoute(bytes, path, reads: Self.reads(bytes, method))
        }
        let decoded = DecodedPath(bytes, target.path).bytes
        let path = ByteRange(start: 0, end: decoded.count)
        // An own route has one name only: a proxy in front of us may forbid that name.
        if own.contains(where: { $0.matches(decoded.span, path) }) { return (.own, Self.dialect(decoded.span, path)) }
        if isPost {
            for reading in PathReadings(bytes, target.path).all {
                let path = ByteRange(start: 0, end: reading.count)
                if let queued = self.inferenceRoute(reading.span, path) ?? self.addedRoute(reading.span, path) {
                    return (.queued(queued), queued.dialect)
                }
            }
        }
        return Self.otherRoute(decoded.span, path, reads: Self.reads(bytes, method))
    }

    /// Whether a request needs no key although one is asked for.
    package func isOpen(_ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        if target.isPlain { return self.open.contains { bytes.equals(target.path, $0) } }
        return self.open.contains(DecodedPath(bytes, target.path).bytes)
    }

    /// Whether a request would change what a backend has, and that is for admins.
    package func isProtected(_ bytes: Span<UInt8>, method: ByteRange, target: RequestTarget) -> Bool {
        guard self.protectsModels, !bytes.equals(method, "GET"), !bytes.equals(method, "HEAD"),
            !bytes.equals(method, "OPTIONS")
        else { return false }
        if target.isPlain { return Self.changes(bytes, target.path) }
        return PathReadings(bytes, target.path).all.contains {
            Self.changes($0.span, ByteRange(start: 0, end: $0.count))
        }
    }

    // MARK: - Matching

    /// Methods are compared with regard to case (RFC 9110 §9.1). All four bytes at once, as every request comes here.
    private static func isPost(_ bytes: Span<UInt8>, _ method: ByteRange) -> Bool {
        guard method.count == 4, method.upperBound <= bytes.count else { return false }
        let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: method.lowerBound, as: UInt32.self)
        return UInt32(bigEndian: word) == 0x504F_5354
    }

    private func inferenceRoute(_ bytes: Span<UInt8>, _ path: ByteRange) -> Route.Queued? {
        guard let key = PathKey(bytes, path) else { return nil }
        for index in self.inference.indices where self.inference[index].key == key {
            return self.inference[index].route
        }
        return nil
    }

    private func addedRoute(_ bytes: Span<UInt8>, _ path: ByteRange) -> Route.Queued? {
        for entry in self.added where bytes.equals(path, entry.path) { return entry.route }
        return nil
    }

    private static func changes(_ bytes: Span<UInt8>, _ path: ByteRange) -> Bool {
        for entry in self.changing where bytes.equals(path, entry) { return true }
        for prefix in self.changingPrefixes where bytes.hasPrefix(path, prefix) { return true }
        return false
    }

    /// Whether a method asks for something and changes nothing.
    private static func reads(_ bytes: Span<UInt8>, _ method: ByteRange) -> Bool {
        bytes.equals(method, "GET") || bytes.equals(method, "HEAD")
    }

    private static func otherRoute(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        reads: Bool
    ) -> (route: Route, dialect: Dialect) {
        let dialect = self.dialect(bytes, path)
        if reads {
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
    /// Whether the bytes of a range are these.
    func equals(_ range: ByteRange, _ other: [UInt8]) -> Bool {
        guard Int(range.count) == other.count else { return false }
        for offset in other.indices where self[range.lowerBound + offset] != other[offset] { return false }
        return true
    }
}
