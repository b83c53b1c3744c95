// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The routes that Paddock answers itself.
package protocol OwnRoutes: Sendable {
    /// Answers a request whose path is one of the own routes.
    ///
    /// Called on the client's event loop, so it must not block; what takes more than some 100 µs is to be answered later.
    func answer(to request: OwnRequest) -> OwnAnswer
}

/// A request to an own route, read in full.
package struct OwnRequest: Sendable {
    /// The method, as it came.
    package var method: String
    /// The path, percent-decoded.
    package var path: String
    /// The query as it came, without the question mark.
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
    /// The body.
    package var body: [UInt8]
    /// Who asks.
    package var peer: SocketAddress?

    package init(method: String, path: String, query: String? = nil, body: [UInt8] = [], peer: SocketAddress? = nil) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.peer = peer
    }
}

/// An answer of ours.
package struct OwnReply: Equatable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// `Content-Type`.
    package var contentType: String
    /// The body, which all who get the same answer share.
    package var bytes: ByteBuffer
    /// Further header fields.
    package var fields: [(String, String)]
    /// The code, where it is an error.
    package var code: String?
    /// How a request to a backend ends with it.
    package var ending = ExchangeRecord.Outcome.completed
    /// The events that follow the head in place of a body.
    package var feed: EventFeed?

    package init(_ status: Int, contentType: String = "application/json", body: String, fields: [(String, String)] = [])
    {
        self.status = status
        self.contentType = contentType
        self.bytes = ByteBuffer(string: body)
        self.fields = fields
    }

    /// The body as text.
    package var body: String { String(buffer: self.bytes) }

    /// Whether one of its fields is `Access-Control-Allow-Origin`.
    var saysAllowedOrigin: Bool { self.fields.contains { $0.0.lowercased() == "access-control-allow-origin" } }

    /// A stream of events.
    package init(following feed: EventFeed, fields: [(String, String)] = []) {
        self.init(200, contentType: "text/event-stream", body: "", fields: fields)
        self.feed = feed
    }

    /// An error in a dialect.
    package init(_ error: ErrorReply, _ dialect: Dialect) {
        self.init(error.status, body: error.body(dialect), fields: error.fields)
        self.code = error.code
        self.ending = error.ending
        if let retryAfter = error.retryAfter { self.fields.append(("Retry-After", String(retryAfter))) }
        if error.isFinal { self.fields.append(("x-should-retry", "false")) }
    }

    package static func == (left: OwnReply, right: OwnReply) -> Bool {
        left.status == right.status && left.contentType == right.contentType && left.bytes == right.bytes
            && left.fields.elementsEqual(right.fields, by: ==) && left.feed === right.feed
    }
}
