// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What decides about a request when its head has been read. An object, as its five parts would be copied for each request.
final class RequestRules {
    /// Whose requests are whose.
    let clients: ClientDirectory
    /// Which request goes where.
    let routes: RouteTable
    /// Which pages of other origins may read answers.
    let crossOrigin: CrossOriginPolicy
    /// Which names of this machine `Host` may have; nil allows every name.
    let hostRule: HostRule?
    /// Who may change what a backend has; nil if everybody may.
    let admins: (any AdminRule)?

    /// - Parameters:
    ///   - clients: whose requests are whose.
    ///   - routes: which request goes where.
    ///   - crossOrigin: which pages of other origins may read answers.
    ///   - hostRule: which names of this machine `Host` may have.
    ///   - admins: who may change what a backend has.
    init(
        clients: ClientDirectory,
        routes: RouteTable,
        crossOrigin: CrossOriginPolicy,
        hostRule: HostRule?,
        admins: (any AdminRule)?
    ) {
        self.clients = clients
        self.routes = routes
        self.crossOrigin = crossOrigin
        self.hostRule = hostRule
        self.admins = admins
    }
}
