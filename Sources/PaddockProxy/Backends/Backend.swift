// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// One backend.
package struct Backend: Equatable, Sendable {
    /// The host to connect to: a name, or an address without brackets.
    package let host: String
    /// The TCP port.
    package let port: Int
    /// The URL as the operator knows it.
    package let url: String
    /// The `Host` field that its requests carry, with the line break.
    let hostLine: String
    /// The `Authorization` field that its requests carry in place of the client's credentials, with the line break; nil if it has no
    /// key of its own.
    let keyLine: String?
    /// The address, if the host is one rather than a name.
    let address: SocketAddress?
    /// How it is asked whether it is healthy.
    let healthCheck: HealthCheck

    /// - Parameters:
    ///   - host: a name, or an address; one of IPv6 without brackets, a link-local one with `%` and its interface.
    ///   - port: the TCP port.
    ///   - apiKey: what it is sent as `Authorization: Bearer` in place of the client's credentials: printable ASCII without blanks. Defaults to
    ///     none.
    ///   - healthCheck: how it is asked whether it is healthy. Defaults to the usual.
    package init(host: String, port: Int, apiKey: String? = nil, healthCheck: HealthCheck = HealthCheck()) {
        func authority(_ host: Substring) -> String {
            (host.contains(":") ? "[\(host)]" : String(host)) + (port == 80 ? "" : ":\(port)")
        }
        self.host = host
        self.port = port
        self.url = "http://" + authority(host.replacing("%", with: "%25")[...])
        self.address = HostAddresses.literal(host, port: port)
        // The interface of a link-local address means something on this machine only (RFC 6874 §1).
        self.hostLine = "Host: " + authority(host.prefix { $0 != "%" }) + "\r\n"
        self.healthCheck = healthCheck
        self.keyLine = apiKey.map { "Authorization: Bearer \($0)\r\n" }
    }
}

extension Backend: CustomStringConvertible, CustomReflectable {
    /// Its URL, and nothing of its key.
    package var description: String { self.url }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
