// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import NIOCore
internal import PaddockSystem

extension SocketAddress {
    /// The address that the kernel wrote, if it is an internet address.
    init?(_ storage: sockaddr_storage) {
        let address: SocketAddress? = withUnsafePointer(to: storage) { pointer in
            switch Int32(storage.ss_family) {
            case AF_INET:
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
            case AF_INET6:
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
            default: nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// The local address of a descriptor.
    init?(localOf descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t()
        guard paddock_local_address(descriptor, &storage, &length) >= 0 else { return nil }
        self.init(storage)
    }
}
