// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockConfiguration
package import PaddockProxy

extension AdmissionPolicy {
    /// The part of a configuration that decides who is next.
    package init(_ configuration: Configuration) {
        self.init()
        self.isFair = configuration.isFair
        self.batchShare = configuration.batchSharePercent / 100
        self.batchSlots = configuration.batchSlots
    }
}

extension GatewaySettings {
    /// The part of a configuration that concerns the byte path.
    package init(_ configuration: Configuration) {
        self.init()
        self.requestTimeout = configuration.requestTimeout
        self.maxBodyBytes = configuration.maxBodyBytes
        self.maxQueuedBytes = configuration.maxQueuedBytes
        self.queueKeepalive = configuration.queueKeepalive
        self.idleTimeout = configuration.idleTimeout
        self.clients = ClientDirectory(configuration)
        self.routes = RouteTable(configuration)
        self.adminToken = configuration.adminToken?.secret
        self.crossOrigin = CrossOriginPolicy(configuration.corsOrigins)
    }
}

extension RouteTable {
    /// The routes of a configuration.
    package convenience init(_ configuration: Configuration) {
        self.init(
            queued: configuration.queuedRoutes.filter(\.isQueued).map(\.path),
            passedThrough: configuration.queuedRoutes.filter { !$0.isQueued }.map(\.path),
            open: configuration.openRoutes,
            protectsModels: configuration.protectsModels
        )
    }
}

extension ClientDirectory {
    /// The clients of a configuration.
    package init(_ configuration: Configuration) {
        self.init(
            declared: configuration.clients.compactMap { declared in
                declared.keyHash.map {
                    Declared(
                        client: Client(name: declared.name, weight: declared.weight),
                        keyHash: $0,
                        ceiling: declared.ceiling == .batch ? .batch : .interactive
                    )
                }
            },
            trustedProxies: configuration.trustedProxies,
            identityHeaders: configuration.identityHeaders,
            usesForwarded: configuration.forwarded == .rfc7239,
            requiresKey: configuration.requiresKey
        )
    }
}
