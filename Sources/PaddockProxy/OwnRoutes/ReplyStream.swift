// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
internal import PaddockSockets

/// The body of a reply that is written piece by piece to one client. To be used on the client's event loop alone.
///
/// It is not writable while a client does not read; what is written then takes memory.
package final class ReplyStream {
    private let connection: Connection
    private let isChunked: Bool
    private var onClose: (() -> Void)?

    /// - Parameters:
    ///   - connection: the client's connection.
    ///   - isChunked: whether pieces go out as chunks; HTTP/1.0 knows none.
    init(on connection: Connection, isChunked: Bool) {
        self.connection = connection
        self.isChunked = isChunked
    }

    /// The client's event loop.
    package var eventLoop: any EventLoop { self.connection.loop }

    /// Whether the client takes what is written.
    package var isWritable: Bool { self.connection.isWritable }

    /// Writes and sends a piece.
    package func write(_ piece: ByteBuffer) {
        if self.isChunked {
            Chunk.write(piece, allocator: self.connection.loop.allocator) { self.connection.write($0) }
        } else {
            self.connection.write(piece)
        }
        self.connection.flush()
    }

    /// Ends the body. The connection is closed once the client has it all.
    package func end() {
        if self.isChunked { self.connection.write(Chunk.end) }
        self.connection.flush()
        self.connection.whenSent { self.connection.close() }
    }

    /// Closes the connection: the body is not whole.
    package func abort() { self.connection.close() }

    /// Sets what is done when the connection is closed, by either side.
    package func whenClosed(_ action: @escaping () -> Void) { self.onClose = action }

    /// The connection is closed.
    func connectionClosed() { self.onClose.take()?() }
}
