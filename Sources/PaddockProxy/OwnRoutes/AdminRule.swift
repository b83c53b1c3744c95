// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Who may change things (contract section 7).
package struct AdminRule: Sendable {
    /// Hashes are compared, which takes the same time wherever two tokens differ.
    private let token: KeyHash?
    private let hostRule: HostRule

    /// - Parameters:
    ///   - token: the admin token; nil admits the clients on this machine, and no others.
    ///   - hostRule: the names by which clients on this machine may call it.
    package init(token: String?, hostRule: HostRule) {
        self.token = token.map { KeyHash(of: Array($0.utf8).span) }
        self.hostRule = hostRule
    }

    /// Why a request is refused, or nil if it may go on.
    package func refusal(of request: OwnRequest) -> ErrorReply? {
        if self.token != nil {
            guard self.isToken(of: request) else {
                var error = ErrorReply(401, "unauthorized", "send the admin token as Authorization: Bearer TOKEN")
                error.fields = [("WWW-Authenticate", "Bearer")]
                return error
            }
        } else if request.peer?.isLoopback != true {
            let message = "only clients on the gateway's machine may do this, as no admin_token is set"
            return ErrorReply(403, "forbidden", message)
        } else if let host = request.host, !self.hostRule.allows(Array(host.utf8).span) {
            // A page whose host name points at 127.0.0.1 is in a browser on this machine, too.
            let message =
                "without an admin_token Host must be \(self.hostRule.wanted), but it is"
                + " \"\(host.prefix(256))\": use one of these, or set an admin_token"
            return ErrorReply(403, "forbidden", message)
        }
        return Self.foreignOrigin(request)
    }

    /// The error for a request that a page of another origin sent; nil if none did.
    static func foreignOrigin(_ request: OwnRequest) -> ErrorReply? {
        guard request.secFetchSite?.lowercased() != "cross-site", Self.isSameOrigin(request) else {
            return ErrorReply(403, "forbidden", "pages of another origin may not do this")
        }
        return nil
    }

    /// Whether a request carries the admin token.
    package func isToken(of request: OwnRequest) -> Bool {
        guard let token = self.token, let given = Self.bearer(request.authorization) else { return false }
        return KeyHash(of: Array(given.utf8).span).equals(token)
    }

    private static func bearer(_ authorization: String?) -> String? {
        guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    private static func isSameOrigin(_ request: OwnRequest) -> Bool {
        guard let origin = request.origin?.lowercased() else { return true }
        guard let host = request.host?.lowercased() else { return false }
        // A proxy in front of us may speak TLS.
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
