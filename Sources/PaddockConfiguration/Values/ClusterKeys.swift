// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockCluster

/// What the keys of a cluster of gateways say. `Configuration.cluster` is what follows from them.
package struct ClusterKeys: Equatable, Sendable {
    /// Where the members find each other.
    ///
    /// Defaults to `nil`: this gateway is in no cluster, and no other key of these has an effect.
    package var store: StoreAddress?

    /// What this member is called: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    ///
    /// Defaults to `nil`: the host name, and the port of clients if that is not 8080.
    package var name: String?

    /// Where this member listens for the others; port 0 takes a free one.
    ///
    /// Defaults to a free port that nothing but this machine can connect to.
    package var listen = StoreAddress.Host(name: "127.0.0.1", port: 0)

    /// Where the others reach this member.
    ///
    /// Defaults to `nil`: where it listens.
    package var advertise: StoreAddress.Host?

    /// The file with the secret of the links between members.
    ///
    /// Defaults to none, which is allowed while `listen` is an address of this machine only.
    package var secretFile: String?

    /// How long a coordinator is in office without renewing its lease, 500 ms to a minute.
    ///
    /// Defaults to 2 seconds.
    package var lease = Duration.seconds(2)

    /// How long the slots of a silent member count as held; at least `lease`.
    ///
    /// Defaults to `nil`: as long as a request may take, `request_timeout`.
    package var grace: Duration?

    /// What a member does without a coordinator.
    ///
    /// Defaults to `share`.
    package var whenAlone = ClusterSettings.WhenAlone.share

    /// Makes keys that hold the defaults.
    package init() {}
}
