// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of the byte path, which a reload replaces as a whole.
///
/// Each event loop has its own copy (`LoopContext.settings`), so that reading a setting takes no lock. A request keeps the
/// `request_timeout` that it began with.
package struct GatewaySettings: Sendable {
    /// How long a request may take from its first byte until its answer begins. Defaults to 300 s.
    package var requestTimeout = Duration.seconds(300)
    /// The largest body on a queued route, in bytes. Defaults to 100 MiB.
    package var maxBodyBytes = 100 << 20
    /// The most that all request bodies together may hold, in bytes. Defaults to 1 GiB.
    package var maxQueuedBytes = 1 << 30
    /// How often a waiting stream gets a keep-alive line; nil for never. Defaults to nil.
    package var queueKeepalive: Duration?
    /// After how long without a request the connection of a client is closed; nil for never. Defaults to 180 s.
    package var idleTimeout: Duration? = .seconds(180)
    /// Which client a request is from.
    package var clients = ClientDirectory()
    /// Which request goes where.
    package var routes = RouteTable()
    /// The token of admins; nil admits clients on this machine alone. Defaults to nil.
    package var adminToken: String?
    /// Which pages of other origins may read answers.
    package var crossOrigin = CrossOriginPolicy()

    package init() {}
}
