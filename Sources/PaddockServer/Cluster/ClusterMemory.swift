// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster
internal import PaddockStore

/// What a member knows of its cluster, kept for the next process of this gateway: the store by which members find each other may have lost its
/// memory by then.
struct ClusterMemory {
    private let table: ClusterTable
    private let address: String
    /// How old it may be, in seconds: members that are silent for that long have no share any more.
    private let maxAge: Int
    private var kept: StoredCluster?

    /// - Parameters:
    ///   - store: what stays over restarts.
    ///   - address: the address by which members find each other.
    ///   - maxAge: after how many seconds nobody counts what a silent member holds.
    /// - Throws: `StoreError` if the store cannot be read.
    init(_ store: Store, address: String, maxAge: Int) throws(StoreError) {
        (self.table, self.address, self.maxAge) = (ClusterTable(store), address, maxAge)
        self.kept = try self.table.cluster(at: address)
    }

    /// What was kept.
    ///
    /// - Parameter now: seconds since 1970.
    func recalled(now: Int) -> ClusterMachine.Memory {
        var memory = ClusterMachine.Memory()
        guard let kept = self.kept else { return memory }
        memory.term = Term(told: kept.term) ?? .none
        if now - kept.seenAt < self.maxAge {
            memory.peers = kept.members.map {
                MemberIdentity(id: MemberID($0.id), name: $0.name, address: $0.address, hasBeenLed: true)
            }
        }
        return memory
    }

    /// Keeps what is known now, if it has changed, or before it is too old. Blocks until the disk has it.
    ///
    /// - Parameters:
    ///   - memory: what is known.
    ///   - now: seconds since 1970.
    /// - Throws: `StoreError` if it could not be kept; it is tried again by the next call.
    mutating func keep(_ memory: ClusterMachine.Memory, now: Int) throws(StoreError) {
        var cluster = StoredCluster(store: self.address, term: memory.term.number, seenAt: now, members: [])
        cluster.members = memory.peers.map {
            StoredCluster.Member(id: $0.id.number, name: $0.name, address: $0.address)
        }
        if let kept = self.kept, kept.term == cluster.term, kept.members == cluster.members,
            now - kept.seenAt < self.maxAge / 4
        {
            return
        }
        try self.table.keep(cluster)
        self.kept = cluster
    }
}
