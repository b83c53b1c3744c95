// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// The number of files and connections that this process may have open.
package enum OpenFileLimit {
    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif

    /// The current limit; nil if the system does not report it.
    static var current: Int? {
        var limit = rlimit()
        return getrlimit(self.resource, &limit) == 0 ? Int(clamping: limit.rlim_cur) : nil
    }

    /// How many connections of clients there may be, so that a quarter of the descriptors are left for backends, and 32 for
    /// everything else: event loops, logs, files that are read.
    static var clientConnections: Int { Self.clientConnections(of: Self.current ?? .max) }

    /// - Parameter limit: how many descriptors there are.
    static func clientConnections(of limit: Int) -> Int { max(1, limit / 4, limit - limit / 4 - 32) }

    /// Raises it as far as the system lets a process raise it; every client and every backend connection is one.
    package static func raise() {
        var limit = rlimit()
        guard getrlimit(self.resource, &limit) == 0 else { return }
        // Darwin names no bound here but refuses more than this.
        limit.rlim_cur = min(limit.rlim_max, 1_048_576)
        _ = setrlimit(self.resource, &limit)
    }
}
