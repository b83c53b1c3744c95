// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration

extension RouteTable {
    /// The routes of a configuration.
    convenience init(_ configuration: Configuration) {
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
    init(_ configuration: Configuration) {
        self.init(
            declared: configuration.clients.flatMap { client in
                var declared = Declared(client: Client(name: client.name, weight: client.weight))
                declared.ceiling = client.ceiling == .batch ? .batch : .interactive
                declared.hasQuota = !client.quota.isEmpty
                let keys = client.keyHash.map { [DeclaredClient.MadeKey(hash: $0)] } ?? []
                return (keys + client.madeKeys).map { key in
                    declared.validUntil = key.validUntil
                    return (key.hash, declared)
                }
            },
            trustedProxies: configuration.trustedProxies,
            identityHeaders: configuration.identityHeaders,
            usesForwarded: configuration.forwarded == .rfc7239,
            requiresKey: configuration.requiresKey
        )
    }
}
