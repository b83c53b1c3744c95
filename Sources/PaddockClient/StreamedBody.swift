// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The body of a request that is sent piece by piece, as fast as the server takes it.
package struct StreamedBody: Sendable {
    /// Its `Content-Type`.
    package let contentType: String
    /// How many bytes it has.
    package let length: Int
    /// The next piece; nil at the end. Called on the event loop, one call after the other.
    package let next: @Sendable () throws(HTTPFailure) -> ByteBuffer?

    /// Makes a body.
    package init(
        contentType: String,
        length: Int,
        next: @escaping @Sendable () throws(HTTPFailure) -> ByteBuffer?
    ) {
        self.contentType = contentType
        self.length = length
        self.next = next
    }
}
