// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore
internal import NIOPosix
internal import PaddockSystem

/// A host could not be found.
package struct UnknownHost: Error, CustomStringConvertible {
    /// The name that was looked for.
    package let host: String

    package var description: String {
        guard let percent = self.host.firstIndex(of: "%") else { return "the name \(self.host) cannot be resolved" }
        let interface = self.host[percent...].dropFirst()
        return "the address \(self.host) cannot be used: there is no interface \(interface)"
    }
}

/// The addresses of a host.
package enum HostAddresses {
    /// The address, if the host is one.
    package static func literal(_ host: String, port: Int) -> SocketAddress? {
        try? SocketAddress(ipAddress: host, port: port)
    }

    /// Looks a host up, on a thread that may wait.
    ///
    /// - Returns: the addresses in the order in which the system wants them tried, at least one; a failure is `UnknownHost`.
    package static func lookUp(_ host: String, port: Int, on loop: SocketLoop) -> EventLoopFuture<[SocketAddress]> {
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try self.addresses(of: host, port: port) }
    }

    private static func addresses(of host: String, port: Int) throws(UnknownHost) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        // One entry for each address, not one for each kind of socket; the constant has another type on each system.
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw UnknownHost(host: host) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            var storage = sockaddr_storage()
            if let address = entry.pointee.ai_addr, Int(entry.pointee.ai_addrlen) <= MemoryLayout.size(ofValue: storage)
            {
                withUnsafeMutableBytes(of: &storage) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))
                }
                if let found = SocketAddress(storage), !addresses.contains(found) { addresses.append(found) }
            }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw UnknownHost(host: host) }
        return addresses
    }
}
