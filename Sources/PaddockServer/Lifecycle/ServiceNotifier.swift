// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// Tells a service manager how far the process is, by the protocol of systemd's `sd_notify(3)`: one datagram of lines
/// `NAME=VALUE` to the socket that `NOTIFY_SOCKET` names.
///
/// Without that variable, or without a listener, it does nothing.
package struct ServiceNotifier: Sendable {
    /// A notification.
    package enum Event: Equatable, Sendable {
        /// Start, or a reload, is complete.
        case ready
        /// A reload begins.
        case reloading
        /// The end begins.
        case stopping
    }

    private let name: String?

    /// - Parameter socket: the value of `NOTIFY_SOCKET`: a path, or `@` and an abstract name.
    package init(socket: String?) {
        self.name = socket.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// Reads `NOTIFY_SOCKET`.
    package static func fromEnvironment() -> ServiceNotifier {
        ServiceNotifier(socket: SystemCall.variable("NOTIFY_SOCKET"))
    }

    /// Tells the manager.
    ///
    /// - Parameters:
    ///   - event: what happens.
    ///   - status: one line for `systemctl status`.
    package func tell(_ event: Event, status: String) {
        guard let name = self.name else { return }
        Self.send(Self.message(event, status: status, monotonicMicroseconds: Self.monotonicMicroseconds()), to: name)
    }

    static func message(_ event: Event, status: String, monotonicMicroseconds: UInt64) -> String {
        let line =
            switch event {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)"
            case .stopping: "STOPPING=1"
            }
        return "\(line)\nSTATUS=\(status)"
    }

    private static func monotonicMicroseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    }

    private static func send(_ message: String, to name: String) {
        var path = Array(name.utf8)
        var address = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < capacity else { return }
        // An abstract name begins with a zero byte and has none at its end.
        if name.hasPrefix("@") { path[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let offset = MemoryLayout<sockaddr_un>.size - capacity
        let length = socklen_t(offset + path.count + (name.hasPrefix("@") ? 0 : 1))

        let descriptor = SystemCall.localDatagramSocket()
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, bytes, bytes.count, 0, address, length)
            }
        }
    }
}
