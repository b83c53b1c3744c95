// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// Takes in a reply as it comes. Times are since the request was sent.
protocol ReplyReader: Sendable {
    /// The status line and the fields are there.
    mutating func head(_ head: HTTPResponseHead, at time: Duration)

    /// A piece of the body is there.
    ///
    /// - Throws: `HTTPFailure.tooLarge` where it takes no more.
    mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure)

    /// The reply is over, whole or not.
    mutating func end(at time: Duration)
}

/// A whole reply, as far as it is not too large.
struct WholeReply: ReplyReader {
    /// The status, or 0 before it is there.
    private(set) var status = 0
    private(set) var fields = HTTPHeaders()
    private(set) var body = ByteBuffer()
    /// The most bytes that the body may have.
    var limit = 32 << 20

    mutating func head(_ head: HTTPResponseHead, at time: Duration) {
        self.status = Int(head.status.code)
        self.fields = head.headers
    }

    mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure) {
        guard self.body.readableBytes + bytes.readableBytes <= self.limit else { throw .tooLarge }
        self.body.writeImmutableBuffer(bytes)
    }

    mutating func end(at time: Duration) {}
}
