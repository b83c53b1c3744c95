// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOHTTP1

/// Takes in a reply as it comes. Times are since the request was sent.
package protocol ReplyReader: Sendable {
    /// The status line and the fields are there.
    mutating func head(_ head: HTTPResponseHead, at time: Duration)

    /// A piece of the body is there.
    ///
    /// - Throws: `HTTPFailure.tooLarge` if it takes no more.
    mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure)

    /// The reply is over, whole or not.
    mutating func end(at time: Duration)
}

/// A whole reply, as far as it is not too large.
package struct WholeReply: Sendable {
    /// The status, 0 before it has come.
    package private(set) var status = 0
    /// The header fields.
    package private(set) var fields = HTTPHeaders()
    /// The body as far as it has come.
    package private(set) var body = ByteBuffer()
    /// The most bytes that the body may have.
    package static let limit = 32 << 20

    /// Makes a reply of which nothing has come yet.
    package init() {}
}

extension WholeReply: ReplyReader {
    package mutating func head(_ head: HTTPResponseHead, at time: Duration) {
        self.status = Int(head.status.code)
        self.fields = head.headers
    }

    package mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure) {
        guard self.body.readableBytes + bytes.readableBytes <= Self.limit else { throw .tooLarge }
        self.body.writeImmutableBuffer(bytes)
    }

    package mutating func end(at time: Duration) {}
}
