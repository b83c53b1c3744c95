// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockProxy
internal import Synchronization

/// Who may change things (contract section 7).
package final class AdminGuard: AdminRule {
    private let token: Mutex<String?>
    private let hostRule: HostRule

    /// - Parameters:
    ///   - token: the admin token; nil lets in the clients on this machine, and no others.
    ///   - machineName: the name of this machine, by which they may call it.
    package init(token: String?, machineName: String) {
        self.token = Mutex(token)
        self.hostRule = HostRule(machineName: machineName)
    }

    /// Changes the token from the next request on.
    package func setToken(_ token: String?) { self.token.withLock { $0 = token } }

    /// Why a request is refused, or nil when it may go on.
    package func refusal(of request: OwnRequest) -> ErrorReply? {
        if let token = self.token.withLock({ $0 }) {
            guard Self.carries(request, token) else {
                var error = ErrorReply(401, "unauthorized", "send the admin token as Authorization: Bearer TOKEN")
                error.fields = [("WWW-Authenticate", "Bearer")]
                return error
            }
        } else if !(request.peer.map(LoopbackAddress.contains) ?? false) {
            let message = "without an admin_token only clients on the gateway's own machine may do this"
            return ErrorReply(403, "forbidden", message)
        } else if let host = request.host, !self.hostRule.allows(Array(host.utf8).span) {
            // A page whose name somebody has pointed at this machine is on this machine, too, to whom it asks.
            let message =
                "without an admin_token this is for clients that call the gateway \(self.hostRule.wanted), and Host is"
                + " \"\(host.prefix(256))\": use one of these, or set an admin_token"
            return ErrorReply(403, "forbidden", message)
        }
        guard request.secFetchSite?.lowercased() != "cross-site", Self.isSameOrigin(request) else {
            return ErrorReply(403, "forbidden", "pages of another origin may not do this")
        }
        return nil
    }

    package func isToken(of request: OwnRequest) -> Bool {
        self.token.withLock({ $0 }).map { Self.carries(request, $0) } ?? false
    }

    private static func carries(_ request: OwnRequest, _ token: String) -> Bool {
        self.bearer(request.authorization).map { self.isEqual($0, token) } ?? false
    }

    private static func bearer(_ authorization: String?) -> String? {
        guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return String(parts[1].drop { $0 == " " })
    }

    /// Compares in a time that tells nothing about where two texts differ.
    private static func isEqual(_ given: String, _ expected: String) -> Bool {
        let given = Array(given.utf8)
        let expected = Array(expected.utf8)
        var difference = given.count ^ expected.count
        for index in expected.indices {
            difference |= Int(expected[index] ^ (index < given.count ? given[index] : 0))
        }
        return difference == 0
    }

    private static func isSameOrigin(_ request: OwnRequest) -> Bool {
        guard let origin = request.origin?.lowercased() else { return true }
        guard let host = request.host?.lowercased() else { return false }
        // A proxy before us may speak TLS.
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
