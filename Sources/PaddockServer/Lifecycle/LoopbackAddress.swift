// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Which addresses only this machine can reach.
enum LoopbackAddress {
    /// Whether an address is one of them.
    static func contains(_ address: SocketAddress) -> Bool {
        switch address {
        case .v4, .v6:
            let text = address.ipAddress ?? ""
            return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
        case .unixDomainSocket:
            return true
        }
    }
}
