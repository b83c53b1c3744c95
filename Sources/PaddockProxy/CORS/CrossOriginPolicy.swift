// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which web pages of other origins may read answers on proxied routes (contract section 7).
///
/// The rule is that of Ollama's router: an `Origin` that names the host of the request is not of another origin; others must
/// equal a pattern, or begin and end as a pattern with an asterisk does.
package final class CrossOriginPolicy: Sendable {
    /// The origins that Ollama always allows.
    static let standard: [String] =
        ["localhost", "127.0.0.1", "0.0.0.0"].flatMap {
            ["http://\($0)", "https://\($0)", "http://\($0):*", "https://\($0):*"]
        }
        + ["app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*"]

    private let patterns: [Pattern]
    private let allowsAll: Bool

    /// - Parameter origins: the allowed origins besides Ollama's standard ones, each with at most one asterisk; `*` is all.
    package init(_ origins: [String] = []) {
        self.allowsAll = origins.contains("*")
        self.patterns = (origins + Self.standard).map(Pattern.init)
    }

    /// Whether the page that sent a request is allowed.
    ///
    /// - Parameters:
    ///   - origin: `Origin`.
    ///   - host: `Host`, empty if there is none.
    func standing(of origin: Span<UInt8>, host: Span<UInt8>) -> CrossOriginStanding {
        if origin.isEmpty || Self.isSame(origin, host) { return .none }
        if self.allowsAll { return .allowedToAll }
        for pattern in self.patterns where pattern.matches(origin) { return .allowed }
        return .refused
    }

    private static func isSame(_ origin: Span<UInt8>, _ host: Span<UInt8>) -> Bool {
        for scheme: StaticString in ["http://", "https://"] {
            let count = scheme.utf8CodeUnitCount
            guard origin.count == count + host.count, origin.begins(with: scheme.utf8Start, count) else { continue }
            var index = 0
            while index < host.count, origin[count + index] == host[index] { index += 1 }
            if index == host.count { return true }
        }
        return false
    }

    private struct Pattern {
        private let start: [UInt8]
        /// What follows the asterisk; nil if there is none.
        private let end: [UInt8]?

        init(_ text: String) {
            let parts = text.lowercased().split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
            self.start = Array(parts[0].utf8)
            self.end = parts.count > 1 ? Array(parts[1].utf8) : nil
        }

        func matches(_ origin: Span<UInt8>) -> Bool {
            let end = self.end ?? []
            guard origin.count >= self.start.count + end.count, self.end != nil || origin.count == self.start.count
            else { return false }
            for index in self.start.indices where origin[index] != self.start[index] { return false }
            let offset = origin.count - end.count
            for index in end.indices where origin[offset + index] != end[index] { return false }
            return true
        }
    }
}

extension Span<UInt8> {
    fileprivate func begins(with bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard self.count >= count else { return false }
        for index in 0..<count where self[index] != bytes[index] { return false }
        return true
    }
}
