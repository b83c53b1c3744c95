// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// The number of files and connections that this process may have open.
package enum OpenFileLimit {
    /// The current limit; nil if the system does not report it.
    static var current: Int? { SystemCall.openFileLimit.map { Int(clamping: $0.current) } }

    /// How many connections of clients there may be, so that a quarter of the descriptors are left for backends, and 32 for
    /// everything else: event loops, logs, files that are read.
    static var clientConnections: Int { Self.clientConnections(of: Self.current ?? .max) }

    /// - Parameter limit: how many descriptors there are.
    static func clientConnections(of limit: Int) -> Int { max(1, limit / 4, limit - limit / 4 - 32) }

    /// Raises it as far as the system lets a process raise it; every client and every backend connection is one.
    package static func raise() {
        guard let limit = SystemCall.openFileLimit else { return }
        // Darwin names no bound here but refuses more than this.
        SystemCall.raiseOpenFileLimit(to: min(limit.most, 1_048_576))
    }
}
