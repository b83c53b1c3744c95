// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockConfiguration

/// The times of a configuration, as they are counted for each request.
struct Timeouts {
    /// `request_timeout`.
    let request: Nanoseconds
    /// `queue_keepalive`; nil if waiting clients are not shown that they wait.
    let queueKeepalive: Nanoseconds?
    /// `idle_timeout`; nil if idle connections are kept.
    let idle: Nanoseconds?

    init(_ configuration: Configuration) {
        self.request = Nanoseconds(configuration.requestTimeout)
        self.queueKeepalive = configuration.queueKeepalive.map { Nanoseconds($0) }
        self.idle = configuration.idleTimeout.map { Nanoseconds($0) }
    }
}
