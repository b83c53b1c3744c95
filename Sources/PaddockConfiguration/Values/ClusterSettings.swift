// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockCluster
internal import PaddockSystem

/// How this gateway is a member of a cluster: the keys of it, with everything that they leave open filled in.
package struct ClusterSettings: Equatable, Sendable {
    /// What a member does while it has no coordinator.
    package enum WhenAlone: String, CaseIterable, Sendable {
        /// It starts requests within its share of the limits.
        case share
        /// It starts nothing.
        case stop
    }

    /// Where the members find each other.
    package let store: StoreAddress
    /// What this member is called: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    package let name: String
    /// Where it listens for the others; port 0 takes a free one.
    package let listen: StoreAddress.Host
    /// Where the others reach it; nil: where it listens.
    package let advertise: StoreAddress.Host?
    /// The file with the secret of the links; nil if `listen` is an address of this machine only and none was given.
    package let secretFile: String?
    /// How long a coordinator is in office without renewing its lease.
    package let lease: Duration
    /// How long the slots of a silent member count as held; at least `lease`.
    package let grace: Duration
    /// What it does while it has no coordinator.
    package let whenAlone: WhenAlone

    /// Makes them of the keys; nil if there is no store, and so no cluster.
    ///
    /// - Parameters:
    ///   - keys: what is given.
    ///   - port: the port of clients: it tells apart the members of one machine that have no names.
    ///   - requestTimeout: how long a request may take, which is `grace` if none is given and it is no less than `lease`.
    init?(_ keys: ClusterKeys, port: Int, requestTimeout: Duration) {
        guard let store = keys.store else { return nil }
        self.store = store
        self.name = keys.name ?? Self.name(port: port)
        (self.listen, self.advertise, self.secretFile) = (keys.listen, keys.advertise, keys.secretFile)
        (self.lease, self.grace) = (keys.lease, keys.grace ?? max(keys.lease, requestTimeout))
        self.whenAlone = keys.whenAlone
    }

    /// Reads the secret of the links. The loader has read it once, so an error means that the file has changed since.
    ///
    /// - Returns: at least 16 bytes; empty if no file is named.
    /// - Throws: what is wrong with the file. The text holds nothing of its content.
    package func readSecret() throws(ConfigurationError) -> [UInt8] {
        guard let secretFile else { return [] }
        do throws(InvalidValue) {
            return Array(try Secret.read(file: secretFile, atLeast: Self.minimumSecret).secret.utf8)
        } catch {
            throw ConfigurationError(
                place: secretFile.escaped(),
                key: "cluster.secret_file",
                problem: error.problem,
                remedy: "give " + (error.wanted ?? InvalidValue.wantedFile)
            )
        }
    }

    /// The least length of a secret, in bytes: 16 random characters of 64 are 96 bits.
    static let minimumSecret = 16

    /// The host name as the name of a member, and the port of clients if it is a particular one: characters that a name cannot have are
    /// hyphens.
    static func name(port: Int) -> String {
        let name = MachineName.read().prefix(58).map { ClusterText.isNameCharacter($0) ? $0 : "-" }
        let isUsual = port == Configuration().port || port == 0
        return (name.isEmpty ? "paddock" : String(name)) + (isUsual ? "" : "-\(port)")
    }
}
