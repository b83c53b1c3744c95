// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
internal import PaddockBase

extension SocketAddress {
    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        switch self {
        case .v4, .v6:
            return self.ipAddress.flatMap { IPAddress($0) }?.isLoopback == true
        case .unixDomainSocket:
            return true
        }
    }
}
