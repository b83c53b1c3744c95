// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
package import PaddockConfiguration

/// Who may read, and who may change things (contract section 7).
package struct AccessRule: Sendable {
    // Hashes are compared, which takes the same time wherever two tokens differ.
    private let adminToken: KeyHash?
    private let viewToken: KeyHash?
    private let hostRule: HostRule
    /// Who gets the dashboard's data.
    package let dashboard: DashboardAccess

    /// - Parameters:
    ///   - configuration: has the tokens. Without an admin token the clients on this machine are admins, and no others.
    ///   - hostRule: the names by which clients on this machine may call it.
    package init(_ configuration: Configuration, hostRule: HostRule) {
        self.adminToken = Self.hash(configuration.adminToken)
        self.viewToken = Self.hash(configuration.viewToken)
        self.dashboard = configuration.dashboard
        self.hostRule = hostRule
    }

    private static func hash(_ token: Secret?) -> KeyHash? { token.map { KeyHash(of: Array($0.secret.utf8).span) } }

    /// What a request may do whose ``OwnRequest/tokenRole`` is known.
    func role(of request: OwnRequest) -> Role {
        if self.refusal(of: request, needing: .admin) == nil { return .admin }
        return self.refusal(of: request, needing: .viewer) == nil ? .viewer : .stranger
    }

    /// Why a request whose ``OwnRequest/tokenRole`` is known is refused what needs a role, or nil if it may go on.
    func refusal(of request: OwnRequest, needing needed: Role) -> ErrorReply? {
        if needed == .stranger { return nil }
        if let role = request.tokenRole {
            return role >= needed ? Self.foreignOrigin(request) : Self.viewerMayNot
        }
        if self.adminToken != nil {
            return Self.unauthorized(
                self.viewToken != nil && needed == .viewer ? "the admin or the view token" : "the admin token"
            )
        }
        guard request.peer?.isLoopback == true else {
            if self.viewToken != nil, needed == .viewer { return Self.unauthorized("the view token") }
            let message = "only clients on the gateway's machine may do this, as no admin_token is set"
            return ErrorReply(403, "forbidden", message)
        }
        if let host = request.host, !self.hostRule.allows(Array(host.utf8).span) {
            // A page whose host name points at 127.0.0.1 is in a browser on this machine, too.
            let message =
                "without an admin_token Host must be \(self.hostRule.wanted), but it is"
                + " \"\(host.prefix(256))\": use one of these, or set an admin_token"
            return ErrorReply(403, "forbidden", message)
        }
        return Self.foreignOrigin(request)
    }

    /// Why a request is refused the page of the dashboard, or its data; nil if it may go on.
    func dashboardRefusal(of request: OwnRequest, forData: Bool) -> ErrorReply? {
        switch self.dashboard {
        case .off: .notFound(request.path)
        case .open: nil
        case .token: forData ? self.refusal(of: request, needing: .viewer) : nil
        }
    }

    /// The error for a request that a page of another origin sent; nil if none did.
    static func foreignOrigin(_ request: OwnRequest) -> ErrorReply? {
        guard request.secFetchSite?.lowercased() != "cross-site", Self.isSameOrigin(request) else {
            return ErrorReply(403, "forbidden", "pages of another origin may not do this")
        }
        return nil
    }

    private static let viewerMayNot = ErrorReply(403, "forbidden", "the view token may read, and change nothing")

    private static func unauthorized(_ wanted: String) -> ErrorReply {
        var error = ErrorReply(401, "unauthorized", "send \(wanted) as Authorization: Bearer TOKEN")
        error.fields = [("WWW-Authenticate", "Bearer")]
        return error
    }

    /// What the token allows that a request carries; nil if it carries neither of the two. It costs a hash, so it is asked once.
    func tokenRole(of request: OwnRequest) -> Role? {
        guard self.adminToken != nil || self.viewToken != nil, let given = Self.bearer(request.authorization) else {
            return nil
        }
        let hash = KeyHash(of: Array(given.utf8).span)
        let (isAdmin, isViewer) = (Self.equals(hash, self.adminToken), Self.equals(hash, self.viewToken))
        return isAdmin ? .admin : isViewer ? .viewer : nil
    }

    private static func equals(_ hash: KeyHash, _ token: KeyHash?) -> Bool {
        guard let token else { return false }
        return hash.equals(token)
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
