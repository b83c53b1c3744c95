// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// TCP sockets on 127.0.0.1, the only address these tools know.
package enum Loopback {
    /// Opens a listening socket.
    ///
    /// - Parameter port: 0 takes a free one.
    /// - Returns: The descriptor, non-blocking, and the port.
    /// - Throws: `SystemFailure` when the port is taken.
    package static func listen(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = try self.openSocket()
        self.set(descriptor, SOL_SOCKET, SO_REUSEADDR)
        let bound = self.withAddress(port: port) { bind(descriptor, $0, $1) }
        guard bound == 0 else {
            throw SystemFailure(call: "bind to port \(port)")
        }
        guard Glibc.listen(descriptor, 4_096) == 0 else {
            throw SystemFailure(call: "listen")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Takes one waiting connection, without Nagle's delay; nil when none waits.
    package static func accept(from listener: Int32) -> Int32? {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else {
            return nil
        }
        self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        return descriptor
    }

    /// Connects, waiting for it: on the loopback interface that takes no time worth an event.
    package static func connect(port: UInt16) throws -> Int32 {
        let descriptor = try self.openSocket()
        let connected = self.withAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
        guard connected == 0 else {
            let failure = SystemFailure(call: "connect to port \(port)")
            close(descriptor)
            throw failure
        }
        self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        return descriptor
    }

    /// Sends what the socket takes at once.
    ///
    /// - Returns: As `send`: the number of bytes, or -1 and `errno`.
    package static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    /// Reads what is there.
    ///
    /// - Returns: As `recv`: the number of bytes, 0 at the end, or -1 and `errno`.
    package static func receive(into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
        recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    }

    private static func openSocket() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else {
            throw SystemFailure(call: "socket")
        }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
