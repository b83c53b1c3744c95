// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Translates between the bytes on the wire and those that the delegate of a ``Connection`` receives and writes, such as TLS.
///
/// A connection without a filter, the usual case, pays one comparison per piece. All calls are on the connection's event loop.
package protocol ByteFilter: AnyObject {
    /// Bytes have arrived over the wire.
    ///
    /// - Parameters:
    ///   - bytes: to be copied if they are kept, as those of ``ConnectionDelegate/received(_:)``.
    ///   - reply: empty. What is appended to it is sent before anything that is written later, such as a part of a handshake.
    /// - Returns: what the delegate receives, which may be nothing; nil if the bytes are invalid. The connection then sends `reply`
    ///   and closes as broken.
    func received(_ bytes: ByteBuffer, reply: inout ByteBuffer) -> ByteBuffer?

    /// The delegate has written.
    ///
    /// - Returns: what is sent; nothing if it has to wait, such as for the end of a handshake.
    func written(_ bytes: ByteBuffer) -> ByteBuffer

    /// The delegate writes no more.
    ///
    /// - Returns: what is sent last, such as a message that says so.
    func outputEnded() -> ByteBuffer
}
