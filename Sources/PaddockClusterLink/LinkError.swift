// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a link between members does not come about, or ends.
package enum LinkError: Error, Hashable, Sendable {
    /// What listens or speaks there is no member of a cluster.
    case foreign
    /// What has connected has not said in time who it is, or too many others have connected since.
    case silent
    /// The versions of the link have nothing in common: of the other side, from the lowest to the highest.
    case version(lowest: Int, highest: Int)
    /// The other side has another secret.
    case wrongSecret
    /// The other side is a member of another cluster: its name.
    case otherCluster(String)
    /// Both are the same process.
    case itself
    /// A message was changed on its way, or sent a second time.
    case changed
    /// A message that is none of this version, or larger than any.
    case notUnderstood

    /// What was wrong, and what would be right.
    package var text: String {
        switch self {
        case .foreign: "what is there is no Paddock: cluster.listen is the port of the link, not that of the clients"
        case .silent: "it has connected and has not said who it is: only members connect to cluster.listen"
        case .version(let lowest, let highest):
            "it speaks versions \(lowest) to \(highest) of the link, this one \(LinkHandshake.versions.lowerBound) to \(LinkHandshake.versions.upperBound): upgrade one of them"
        case .wrongSecret: "it has another secret: cluster.secret_file must have the same text on every member"
        case .otherCluster(let name):
            "it is a member of another cluster, \(name): cluster.store must be the same, with the same prefix"
        case .itself: "it is this process itself"
        case .changed: "a message was changed on its way"
        case .notUnderstood: "a message was not understood"
        }
    }
}
