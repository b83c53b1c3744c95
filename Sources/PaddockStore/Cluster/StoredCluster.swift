// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a member knows of its cluster.
package struct StoredCluster: Equatable, Sendable {
    /// Another member.
    package struct Member: Equatable, Sendable {
        /// Its id.
        package var id: UInt64
        /// What its operator calls it.
        package var name: String
        /// Where its link is.
        package var address: String

        /// - Parameters:
        ///   - id: its id.
        ///   - name: what its operator calls it.
        ///   - address: where its link is.
        package init(id: UInt64, name: String, address: String) {
            (self.id, self.name, self.address) = (id, name, address)
        }
    }

    /// The address by which members find each other.
    package var store: String
    /// The latest term.
    package var term: UInt64
    /// When the member knew this, in seconds since 1970.
    package var seenAt: Int
    /// The other members, by their ids.
    package var members: [Member]

    /// - Parameters:
    ///   - store: the address by which members find each other.
    ///   - term: the latest term.
    ///   - seenAt: when the member knew this, in seconds since 1970.
    ///   - members: the other members, by their ids.
    package init(store: String, term: UInt64, seenAt: Int, members: [Member]) {
        (self.store, self.term, self.seenAt, self.members) = (store, term, seenAt, members)
    }
}
