// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import PaddockAdmission

/// A request to an own route, read in full.
package struct OwnRequest: Sendable {
    /// The method, unchanged.
    package var method: String
    /// The path, percent-decoded.
    package var path: String
    /// What the path has in place of the asterisk of its route; empty if there is none.
    package var rest = ""
    /// The query, without the question mark.
    package var query: String?
    /// `Host`.
    package var host: String?
    /// `Origin`.
    package var origin: String?
    /// `Sec-Fetch-Site`.
    package var secFetchSite: String?
    /// `Authorization`.
    package var authorization: String?
    /// `Content-Type`.
    package var contentType: String?
    /// The length of the body, if it was stated.
    package var statedLength: Int?
    /// `Accept-Encoding`.
    package var acceptEncoding: String?
    /// `If-None-Match`.
    package var ifNoneMatch: String?
    /// `Accept`.
    package var accept: String?
    /// `Last-Event-ID`: the event after which a client wants to go on.
    package var lastEventID: String?
    /// `User-Agent`.
    package var userAgent: String?
    /// What it may do.
    package var role = Role.stranger
    /// What its token allows; nil if it carries none (``AccessRule/tokenRole(of:)``).
    package var tokenRole: Role?
    /// The name of the declared client whose key it carries; nil if there is none.
    package var client: String?
    /// Who asks, named as on a queued route; nil if `require_key` is set and it carries no key.
    package var owner: Client?
    /// The dialect of errors on its path.
    package var dialect = Dialect.ollama
    /// The body.
    package var body: [UInt8]
    /// The address of the client.
    package var peer: SocketAddress?

    /// - Parameters:
    ///   - method: The method, unchanged.
    ///   - path: The path, percent-decoded.
    ///   - query: The query, without the question mark. Defaults to none.
    ///   - body: The body. Defaults to none.
    ///   - peer: Who asks. Defaults to nil: not known.
    package init(method: String, path: String, query: String? = nil, body: [UInt8] = [], peer: SocketAddress? = nil) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.peer = peer
    }

    /// Who sent it, for an event.
    package var actor: GatewayEvent.Actor {
        .request(
            hasToken: self.tokenRole == .admin,
            address: self.peer?.ipAddress ?? "",
            tool: String((self.userAgent ?? "").prefix(100))
        )
    }

    /// Whether `Content-Type` is `application/json`.
    var hasJSONBody: Bool {
        let type = self.contentType?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return type?.lowercased() == "application/json"
    }
}
