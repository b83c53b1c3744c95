// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP
internal import PaddockSystem

/// What decides about a request when its head has been read. An object, as its parts would be copied for each request.
final class RequestRules {
    /// Whose requests are whose.
    let clients: ClientDirectory
    /// The routing of requests.
    let routes: RouteTable
    /// Which pages of other origins may read answers.
    let crossOrigin: CrossOriginPolicy
    private let hostRule: HostRule?
    /// The `Host` that was allowed last: clients send the same one again and again.
    private var allowedHost: [UInt8] = []
    /// Who may read, and who may change things.
    let access: AccessRule
    /// The paths that Paddock answers itself.
    let ownPaths: [OwnPath]

    /// - Parameters:
    ///   - clients: whose requests are whose.
    ///   - routes: the routing of requests.
    ///   - crossOrigin: which pages of other origins may read answers.
    ///   - hostRule: which names of this machine `Host` may have.
    ///   - access: who may read, and who may change things.
    ///   - ownPaths: the paths that Paddock answers itself.
    init(
        clients: ClientDirectory,
        routes: RouteTable,
        crossOrigin: CrossOriginPolicy,
        hostRule: HostRule?,
        access: AccessRule,
        ownPaths: [OwnPath]
    ) {
        self.clients = clients
        self.routes = routes
        self.crossOrigin = crossOrigin
        self.hostRule = hostRule
        self.access = access
        self.ownPaths = ownPaths
    }

    /// Whether a request may name a host.
    func allows(host: Span<UInt8>) -> Bool {
        let isLast = host.withUnsafeBufferPointer { host in
            self.allowedHost.withUnsafeBufferPointer { last in
                guard host.count == last.count, let start = host.baseAddress, let other = last.baseAddress else {
                    return false
                }
                return memcmp(start, other, host.count) == 0
            }
        }
        if isLast { return true }
        guard let rule = self.hostRule else { return true }
        guard rule.allows(host) else { return false }
        self.allowedHost.removeAll(keepingCapacity: true)
        for index in host.indices { self.allowedHost.append(host[index]) }
        return true
    }
}
