// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster

extension Configuration {
    /// What is allowed, and probably not meant, as far as the configuration alone shows it: one line each (contract section 18).
    package var warnings: [String] {
        var warnings: [String] = []
        if !self.isLocal, self.adminToken == nil {
            let users = self.requiresKey ? "" : "everybody who can reach it may use the models, and "
            warnings.append(
                "host: \(self.host) lets other machines connect, and there is no admin_token: \(users)"
                    + "only programs of this machine may use /admin: set PADDOCK_ADMIN_TOKEN"
            )
        }
        if !self.trustedProxies.isEmpty, self.identityHeaders.isEmpty {
            warnings.append(
                "trusted_proxies: without identity_headers the users of a proxy are told apart only by the addresses that it"
                    + " gives: name the header in which it sends the user, such as X-OpenWebUI-User-Id"
            )
        }
        if self.trustedProxies.isEmpty, !self.identityHeaders.isEmpty {
            warnings.append(
                "identity_headers: they count only from trusted_proxies, and there are none: give the address of the proxy"
            )
        }
        return warnings + self.clusterWarnings
    }

    private var clusterWarnings: [String] {
        guard let cluster = self.cluster else { return [] }
        var warnings: [String] = []
        if (cluster.advertise ?? cluster.listen).isLoopback, !cluster.store.hosts.allSatisfy(\.isLoopback) {
            warnings.append(
                "cluster.listen: members on other machines cannot reach \(cluster.advertise ?? cluster.listen): give an address of this"
                    + " machine, and a cluster.secret_file"
            )
        }
        if cluster.grace < self.requestTimeout {
            warnings.append(
                "cluster.grace: a request may take longer (request_timeout is \(DurationText.text(self.requestTimeout))), so the limits can"
                    + " be exceeded if a member hangs: give auto"
            )
        }
        return warnings
    }

    /// Whether only programs of this machine can connect.
    private var isLocal: Bool {
        if self.host.lowercased() == "localhost" { return true }
        return IPAddress(self.host)?.isLoopback == true
    }
}
