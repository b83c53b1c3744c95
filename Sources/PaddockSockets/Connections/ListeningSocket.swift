// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore

/// A socket that listens, and hands its connections out.
package final class ListeningSocket {
    /// How many connections wait to be accepted at most; the system may allow fewer.
    private static let backlog: Int32 = 4096
    /// How many are accepted in one turn, so that those that are there have theirs, too.
    private static let maxAccepted = 64
    /// How long to wait where connections cannot be accepted, as without file descriptors.
    private static let pause = TimeAmount.seconds(1)

    /// The address, with the real port where 0 was asked for.
    package let address: SocketAddress

    private let loop: SocketLoop
    private var descriptor: Int32
    private let mayAccept: (_ resume: @escaping @Sendable () -> Void) -> Bool
    private let accepted: (_ descriptor: Int32, _ peer: SocketAddress?) -> Void
    private let failed: (IOError) -> Void

    /// Begins to listen; to be called on the loop.
    ///
    /// - Parameters:
    ///   - addresses: where, the first that can be listened on.
    ///   - loop: the event loop that accepts.
    ///   - mayAccept: asked before each connection is accepted. If it says no, connections wait in the kernel until it calls
    ///     `resume` on the loop, once. Defaults to yes.
    ///   - accepted: called with each new connection, which is the callee's to close.
    ///   - failed: called each time that connections cannot be accepted; the next try is a second later.
    /// - Throws: `IOError`, such as that the port is taken.
    package init(
        _ addresses: [SocketAddress],
        on loop: SocketLoop,
        mayAccept: @escaping (_ resume: @escaping @Sendable () -> Void) -> Bool = { _ in true },
        accepted: @escaping (_ descriptor: Int32, _ peer: SocketAddress?) -> Void,
        failed: @escaping (IOError) -> Void
    ) throws {
        var result = Result<Int32, any Error>.failure(IOError(errnoCode: Int32(paddock_no_address), reason: "bind"))
        for address in addresses {
            result = Result { try Self.listen(address) }
            if case .success = result { break }
        }
        self.descriptor = try result.get()
        guard let address = SocketAddress(localOf: self.descriptor) else {
            _ = paddock_close(self.descriptor)
            throw IOError(errnoCode: Int32(paddock_no_address), reason: "getsockname")
        }
        self.address = address
        self.loop = loop
        self.mayAccept = mayAccept
        self.accepted = accepted
        self.failed = failed
        do { try loop.watch(self.descriptor, self, .readable) } catch {
            self.close()
            throw error
        }
    }

    private static func listen(_ address: SocketAddress) throws -> Int32 {
        let descriptor = try SystemCall.check(address.withSockAddr { socket, _ in paddock_socket(socket) }, "socket")
        do {
            try SystemCall.check(
                address.withSockAddr { paddock_bind(descriptor, $0, socklen_t($1)) },
                "bind to \(address)"
            )
            try SystemCall.check(paddock_listen(descriptor, Self.backlog), "listen")
        } catch {
            _ = paddock_close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Stops listening.
    package func close() {
        guard self.descriptor >= 0 else { return }
        self.loop.unwatch(self.descriptor)
        _ = paddock_close(self.descriptor)
        self.descriptor = -1
    }

    private func accept() {
        for _ in 0..<Self.maxAccepted {
            guard self.hasRoom() else { return }
            var peer = sockaddr_storage()
            var length = socklen_t()
            let result = paddock_accept(self.descriptor, &peer, &length)
            switch result {
            case 0...:
                _ = paddock_send_at_once(result)
                self.accepted(result, SocketAddress(peer))
            case Int32(-paddock_would_block): return
            // The client went away before its connection was accepted.
            case Int32(-paddock_aborted), Int32(-paddock_protocol_error): continue
            default: return self.pauseAfter(IOError(errnoCode: -result, reason: "accept"))
            }
        }
    }

    private func hasRoom() -> Bool {
        let socket = NIOLoopBound(self, eventLoop: self.loop)
        guard !self.mayAccept({ socket.value.resume() }) else { return true }
        self.loop.change(self.descriptor, [])
        return false
    }

    private func resume() {
        if self.descriptor >= 0 { self.loop.change(self.descriptor, .readable) }
    }

    private func pauseAfter(_ error: IOError) {
        self.failed(error)
        guard self.descriptor >= 0 else { return }
        self.loop.change(self.descriptor, [])
        _ = self.loop.schedule(at: .now() + Self.pause) { self.resume() }
    }
}

extension ListeningSocket: Pollable {
    func ready(_ readiness: Readiness) { self.accept() }
    func loopEnds() { self.close() }
}
