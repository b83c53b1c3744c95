// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore

/// Listens on some addresses, and hands the connections out.
package final class ListeningSocket {
    /// How many connections wait to be accepted at most; the system may allow fewer.
    private static let backlog: Int32 = 4096
    /// How many are accepted in one turn of the loop on each address, so that existing connections are served, too.
    private static let maxAccepted = 64
    /// How long to wait if connections cannot be accepted, as without file descriptors.
    private static let pause = TimeAmount.seconds(1)

    /// How often another free port is tried if the one of the first address is taken on another address.
    private static let maxTries = 10

    /// The addresses, with the real port if 0 was given; at least one.
    package let addresses: [SocketAddress]
    /// The first of them.
    package var address: SocketAddress { self.addresses[0] }

    private let loop: SocketLoop
    /// One for each address; none once it is closed.
    private var descriptors: [Int32]
    private let mayAccept: (_ resume: @escaping @Sendable () -> Void) -> Bool
    private let accepted: (consuming ConnectedSocket) -> Void
    private let failed: (IOError) -> Void

    /// Begins to listen; to be called on the loop.
    ///
    /// - Parameters:
    ///   - addresses: the addresses; those that this machine does not have are left out. With port 0 all get the port of the first
    ///     one.
    ///   - loop: the event loop that accepts.
    ///   - mayAccept: asked before each connection is accepted. If it returns false, connections wait in the kernel until it calls
    ///     `resume` on the loop, once. Defaults to yes.
    ///   - accepted: called with each new connection.
    ///   - failed: called each time that connections cannot be accepted; the next try is a second later.
    /// - Throws: `IOError`, such as that the port is taken on one of them.
    package init(
        _ addresses: [SocketAddress],
        on loop: SocketLoop,
        mayAccept: @escaping (_ resume: @escaping @Sendable () -> Void) -> Bool = { _ in true },
        accepted: @escaping (consuming ConnectedSocket) -> Void,
        failed: @escaping (IOError) -> Void
    ) throws {
        self.descriptors = try Self.listen(addresses)
        self.addresses = self.descriptors.compactMap { SocketAddress(localOf: $0) }
        guard self.addresses.count == self.descriptors.count else {
            for descriptor in self.descriptors { _ = paddock_close(descriptor) }
            throw IOError(errnoCode: Int32(paddock_no_address), reason: "getsockname")
        }
        self.loop = loop
        self.mayAccept = mayAccept
        self.accepted = accepted
        self.failed = failed
        do {
            for descriptor in self.descriptors { try loop.watch(descriptor, self, .readable) }
        } catch {
            self.close()
            throw error
        }
    }

    private static func listen(_ addresses: [SocketAddress]) throws -> [Int32] {
        var tries = 1
        while true {
            do { return try self.listenOnce(addresses) } catch let error as IOError {
                let isUnlucky = addresses.count > 1 && addresses.first?.port == 0
                guard error.errnoCode == Int32(paddock_address_in_use), isUnlucky, tries < Self.maxTries else {
                    throw error
                }
                tries += 1
            }
        }
    }

    private static func listenOnce(_ addresses: [SocketAddress]) throws -> [Int32] {
        var descriptors: [Int32] = []
        var failure = IOError(errnoCode: Int32(paddock_no_address), reason: "bind")
        do {
            for var address in addresses {
                if let first = descriptors.first, address.port == 0 {
                    address.port = SocketAddress(localOf: first)?.port
                }
                do { descriptors.append(try Self.listen(address)) } catch let error as IOError {
                    // A name may have addresses that this machine has lost, of a family that it does not speak, or of one link and
                    // without an interface.
                    let missing = [paddock_no_address, paddock_no_family, paddock_no_interface].map { Int32($0) }
                    guard missing.contains(error.errnoCode) else { throw error }
                    failure = error
                }
            }
            guard !descriptors.isEmpty else { throw failure }
            return descriptors
        } catch {
            for descriptor in descriptors { _ = paddock_close(descriptor) }
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
        for descriptor in self.descriptors {
            self.loop.unwatch(descriptor)
            _ = paddock_close(descriptor)
        }
        self.descriptors = []
    }

    private func accept(_ descriptor: Int32) {
        for _ in 0..<Self.maxAccepted {
            guard self.hasRoom() else { return }
            var peer = sockaddr_storage()
            var length = socklen_t()
            let result = paddock_accept(descriptor, &peer, &length)
            switch result {
            case 0...:
                _ = paddock_send_at_once(result)
                self.accepted(ConnectedSocket(result, peer: SocketAddress(peer)))
            case Int32(-paddock_would_block): return
            // The client went away before its connection was accepted.
            case Int32(-paddock_aborted), Int32(-paddock_protocol_error): continue
            default: return self.pauseAfter(IOError(errnoCode: -result, reason: "accept"))
            }
        }
    }

    private func hasRoom() -> Bool {
        let socket = NIOLoopBound(self, eventLoop: self.loop)
        guard !self.mayAccept({ socket.value.watch(.readable) }) else { return true }
        self.watch([])
        return false
    }

    private func watch(_ interest: Readiness) {
        for descriptor in self.descriptors { self.loop.change(descriptor, interest) }
    }

    private func pauseAfter(_ error: IOError) {
        self.failed(error)
        self.watch([])
        _ = self.loop.schedule(at: .now() + Self.pause) { self.watch(.readable) }
    }
}

extension ListeningSocket: Pollable {
    /// The loop does not say which of them is ready; the others have no connection to accept.
    func ready(_ readiness: Readiness) { for descriptor in self.descriptors { self.accept(descriptor) } }
    func loopEnds() { self.close() }
}
