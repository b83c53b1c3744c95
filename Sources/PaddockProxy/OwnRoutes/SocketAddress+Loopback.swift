// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

extension SocketAddress {
    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        switch self {
        case .v4, .v6:
            let text = self.ipAddress ?? ""
            return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
        case .unixDomainSocket:
            return true
        }
    }
}
