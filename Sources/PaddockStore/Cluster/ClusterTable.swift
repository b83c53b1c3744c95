// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

/// The cluster of a store.
package struct ClusterTable: Sendable {
    private let store: Store

    /// - Parameter store: where it is.
    package init(_ store: Store) { self.store = store }

    /// What this gateway knows of a cluster; nil if it was a member of none, or of another one last.
    package func cluster(at address: String) throws(StoreError) -> StoredCluster? {
        try self.store.read { database in
            let known = try Row.fetchOne(
                database,
                sql: "SELECT term, seen_at FROM cluster WHERE store = ?",
                arguments: [address]
            )
            guard let known else { return nil }
            let members = try Row.fetchAll(database, sql: "SELECT id, name, address FROM cluster_member").map { row in
                StoredCluster.Member(id: UInt64(bitPattern: row[0] as Int64), name: row[1], address: row[2])
            }
            return StoredCluster(
                store: address,
                term: UInt64(bitPattern: known[0] as Int64),
                seenAt: known[1],
                members: members.sorted { $0.id < $1.id }
            )
        }
    }

    /// Keeps what this gateway knows of its cluster, in place of what was kept before.
    package func keep(_ cluster: StoredCluster) throws(StoreError) {
        try self.store.write { database in
            try database.execute(sql: "DELETE FROM cluster; DELETE FROM cluster_member")
            try database.execute(
                sql: "INSERT INTO cluster (store, term, seen_at) VALUES (?, ?, ?)",
                arguments: [cluster.store, Int64(bitPattern: cluster.term), cluster.seenAt]
            )
            for member in cluster.members {
                try database.execute(
                    sql: "INSERT INTO cluster_member (id, name, address) VALUES (?, ?, ?)",
                    arguments: [Int64(bitPattern: member.id), member.name, member.address]
                )
            }
        }
    }
}
