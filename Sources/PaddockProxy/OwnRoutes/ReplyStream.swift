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
    private let keepsConnection: Bool
    /// The head of the reply, until it is written.
    private var head: ByteBuffer?
    private var onClose: (() -> Void)?
    /// Whether the body is whole.
    private(set) var hasEnded = false
    /// What follows the end of the body, if the connection is kept.
    var whenEnded: (() -> Void)?

    /// - Parameters:
    ///   - connection: the client's connection.
    ///   - isChunked: whether pieces go out as chunks; HTTP/1.0 knows none.
    ///   - keepsConnection: whether another request may follow on the connection.
    ///   - head: the head of the reply, which goes out with the first piece at the latest.
    init(on connection: Connection, isChunked: Bool, keepsConnection: Bool, head: ByteBuffer) {
        self.connection = connection
        self.isChunked = isChunked
        self.keepsConnection = keepsConnection
        self.head = head
    }

    /// Writes the head if nothing was written yet.
    func writeHead() {
        guard let head = self.head.take() else { return }
        self.connection.write(head)
        self.connection.flush()
    }

    /// The client's event loop.
    package var eventLoop: any EventLoop { self.connection.loop }

    /// Whether the connection is open.
    package var isOpen: Bool { self.connection.isOpen }

    /// Whether the client takes what is written.
    package var isWritable: Bool { self.connection.isWritable }

    /// Writes and sends a piece.
    package func write(_ piece: ByteBuffer) {
        self.writeHead()
        if self.isChunked {
            Chunk.write(piece, allocator: self.connection.loop.allocator) { self.connection.write($0) }
        } else {
            self.connection.write(piece)
        }
        self.connection.flush()
    }

    /// Does something once the client's system has taken everything that was written, or the connection is closed.
    package func whenSent(_ action: @escaping () -> Void) { self.connection.whenSent(action) }

    /// Ends the body. The connection is closed once the client has it all, unless it is kept.
    package func end() {
        self.writeHead()
        if self.isChunked { self.connection.write(Chunk.end) }
        self.connection.flush()
        self.hasEnded = true
        if self.keepsConnection {
            self.whenEnded.take()?()
        } else {
            self.connection.whenSent { self.connection.close() }
        }
    }

    /// Closes the connection: the body is not whole.
    package func abort() { self.connection.close() }

    /// Sets what is done when the connection is closed, by either side.
    package func whenClosed(_ action: @escaping () -> Void) { self.onClose = action }

    /// The connection is closed.
    func connectionClosed() {
        self.whenEnded = nil
        self.onClose.take()?()
    }
}
