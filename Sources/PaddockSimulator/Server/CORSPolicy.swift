// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which web pages may use the simulator, and what their browsers are told: Ollama's rules, which are those of gin-contrib/cors
/// with the origins of this machine.
struct CORSPolicy: Sendable {
    /// What a request's `Origin` is.
    enum Verdict: Equatable, Sendable {
        /// There is none, or it is the server's own: nothing to say.
        case none
        /// The page may use the server; the replies say so to this origin, or to all with `*`.
        case allowed(String)
        /// 403, whatever was asked.
        case forbidden
    }

    /// Allowed without asking.
    private static let defaultOrigins =
        ["localhost", "127.0.0.1", "0.0.0.0"].flatMap { host in
            ["http://\(host)", "https://\(host)", "http://\(host):*", "https://\(host):*"]
        } + ["app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*"]

    private let exact: Set<String>
    /// What stands before and behind the `*` of an origin.
    private let patterns: [(prefix: Substring, suffix: Substring)]
    private let allowsAll: Bool

    /// - Parameter origins: Beyond the default ones, each with at most one `*`.
    init(origins: [String]) {
        let origins = origins + Self.defaultOrigins
        self.allowsAll = origins.contains("*")
        self.exact = Set(origins.map { $0.lowercased() })
        self.patterns = origins.compactMap { origin in
            origin.firstIndex(of: "*").map { (origin[..<$0], origin[origin.index(after: $0)...]) }
        }
    }

    /// - Parameters:
    ///   - origin: The value of `Origin`.
    ///   - host: The value of `Host`.
    func verdict(origin: String?, host: String?) -> Verdict {
        guard let origin, !origin.isEmpty else { return .none }
        if let host, origin == "http://\(host)" || origin == "https://\(host)" { return .none }
        if self.allowsAll { return .allowed("*") }
        let isAllowed =
            self.exact.contains(origin)
            || self.patterns.contains { prefix, suffix in
                origin.utf8.count >= prefix.utf8.count + suffix.utf8.count && origin.hasPrefix(prefix)
                    && origin.hasSuffix(suffix)
            }
        return isAllowed ? .allowed(origin) : .forbidden
    }

    /// What a reply says to a page that may read it.
    static func replyHeaders(to origin: String) -> [(String, String)] {
        let allowed = ("Access-Control-Allow-Origin", origin)
        return origin == "*" ? [allowed] : [("Vary", "Origin"), allowed]
    }

    /// What the answer to a preflight says beyond that.
    static func preflightHeaders(to origin: String) -> [(String, String)] {
        let vary = ["Access-Control-Request-Method", "Access-Control-Request-Headers"].map { ("Vary", $0) }
        return [
            ("Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
            ("Access-Control-Allow-Headers", Self.allowedHeaders),
            ("Access-Control-Max-Age", "43200"),
        ] + (origin == "*" ? [] : vary)
    }

    private static let allowedHeaders = """
        Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,X-Stainless-Arch,X-Stainless-Async,\
        X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,X-Stainless-Lang,X-Stainless-Os,\
        X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,X-Stainless-Runtime,\
        X-Stainless-Runtime-Version,X-Stainless-Timeout
        """
}
