// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
internal import PaddockAdmission

/// A reply of ours: a whole body, or one that is streamed.
package struct OwnReply: Sendable {
    /// Begins a streamed body. Called once on the client's event loop, unless the method was `HEAD`.
    ///
    /// - Throws: the cause of an error to be answered in its place.
    package typealias Stream = @Sendable (ReplyStream) throws(ErrorCause) -> Void

    /// The HTTP status.
    package var status: Int
    /// `Content-Type`.
    package var contentType: String
    /// The body, which all who get the same answer share.
    package var bytes: ByteBuffer
    /// Further header fields.
    package var fields: [(String, String)]
    /// How a request to a backend ends with it.
    var ending = Ending.completed
    /// The code, if it is an error.
    package var code: String?
    /// What writes the body, if it is streamed.
    package var stream: Stream?
    /// The length of a streamed body. Defaults to nil: not known, and the connection is closed after it.
    package var length: Int?

    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - contentType: `Content-Type`. Defaults to JSON.
    ///   - body: The body.
    ///   - fields: Further header fields. Defaults to none.
    package init(_ status: Int, contentType: String = "application/json", body: String, fields: [(String, String)] = [])
    {
        self.status = status
        self.contentType = contentType
        self.bytes = ByteBuffer(string: body)
        self.fields = fields
    }

    /// A reply with a body of bytes, or none at all.
    package init(_ status: Int, contentType: String, bytes: [UInt8], fields: [(String, String)]) {
        self.init(status, contentType: contentType, body: "", fields: fields)
        self.bytes = ByteBuffer(bytes: bytes)
    }

    /// A streamed reply.
    package init(contentType: String, streaming stream: @escaping Stream) {
        self.init(200, contentType: contentType, body: "")
        self.stream = stream
    }

    /// An error in a dialect. Defaults to Ollama's, which that of our own routes is, too.
    package init(_ error: ErrorReply, _ dialect: Dialect = .ollama) {
        self.init(error.status, body: error.body(dialect), fields: error.fields)
        self.ending = error.ending
        self.code = error.code
        if let retryAfter = error.retryAfter { self.fields.append(("Retry-After", String(retryAfter))) }
        if error.isFinal { self.fields.append(("x-should-retry", "false")) }
    }

    /// The body as text.
    package var body: String { String(buffer: self.bytes) }

    /// Whether one of its fields is `Access-Control-Allow-Origin`.
    var saysAllowedOrigin: Bool { self.fields.contains { $0.0.lowercased() == "access-control-allow-origin" } }
}
