// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore

/// A connected socket that no event loop watches. It belongs to the holder of this value and is closed with it.
package struct ConnectedSocket: ~Copyable, Sendable {
    /// The address of the other side, if it is known.
    package let peer: SocketAddress?
    /// Negative once it has been taken.
    private var descriptor: Int32

    /// Takes ownership of a connected descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: a socket that does not block.
    ///   - peer: the address of the other side. Defaults to unknown.
    package init(_ descriptor: Int32, peer: SocketAddress? = nil) {
        self.descriptor = descriptor
        self.peer = peer
    }

    deinit {
        if self.descriptor >= 0 { _ = paddock_close(self.descriptor) }
    }

    /// The descriptor, which the caller has to close from now on.
    consuming func take() -> Int32 {
        let descriptor = self.descriptor
        self.descriptor = -1
        return descriptor
    }

    /// Moves it to another event loop. If that has ended, it is closed.
    ///
    /// - Parameters:
    ///   - loop: the event loop.
    ///   - body: called with it on that loop.
    package consuming func move(
        to loop: any EventLoop,
        _ body: @escaping @Sendable (consuming ConnectedSocket) -> Void
    ) {
        let transfer = Transfer(self)
        loop.execute { if let socket = transfer.socket.take() { body(socket) } }
    }

    /// A closure that escapes cannot own what cannot be copied. Only the closure that moves it uses this, at most once.
    private final class Transfer: @unchecked Sendable {
        var socket: ConnectedSocket?

        init(_ socket: consuming ConnectedSocket) { self.socket = consume socket }
    }
}
