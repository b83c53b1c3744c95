// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON

/// What has to be asked of a route so that a setting of the coordinator holds here, too.
struct SettingChange {
    /// The route.
    let route: String
    /// The body.
    let body: [UInt8]

    private init(_ route: String, _ body: JSONText) { (self.route, self.body) = (route, Array(body.string.utf8)) }

    /// Removes a setting.
    init(unsetting key: OperatorKey) { self.init("/admin/settings/unset", #"{"key":\#("\(key)")}"#) }

    /// Makes a setting.
    ///
    /// - Returns: nil if the value is none for it.
    init?(_ key: OperatorKey, _ value: String) {
        switch key {
        case .parallelLimit(let model):
            guard let limit = Int(value) else { return nil }
            self.init("/admin/queue/update", #"{"model":\#(model.description),"parallel_limit":\#(limit)}"#)
        case .queueLimit(let model):
            guard let limit = Int(value) else { return nil }
            self.init("/admin/queue/update", #"{"model":\#(model.description),"queue_limit":\#(limit)}"#)
        case .pinned(let model):
            self.init(
                value == "true" ? "/admin/models/pin" : "/admin/models/unpin",
                #"{"model":\#(model.description)}"#
            )
        case .clientPaused(let client): self.init("/admin/clients/pause", #"{"client":\#(client)}"#)
        case .clientCap(let client):
            guard let cap = Int(value) else { return nil }
            self.init("/admin/clients/cap", #"{"client":\#(client),"parallel":\#(cap)}"#)
        case .backend(let url):
            let routes = ["open": "add", "draining": "drain", "removed": "remove"]
            guard let route = routes[value] else { return nil }
            self.init("/admin/backends/\(route)", #"{"url":\#(url.description)}"#)
        case .logLevel: return nil
        }
    }
}

extension OperatorKey {
    /// Whether it holds on all members of a cluster.
    var isShared: Bool { if case .logLevel = self { false } else { true } }
}
