// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockStore

@Suite("What a member knows of its cluster, in the store")
struct StoredClusterTests {
    private static let cluster = StoredCluster(
        store: "redis://10.0.0.5:6379/0",
        term: .max,
        seenAt: 1_764_331_200,
        members: [
            .init(id: 7, name: "b", address: "10.0.0.2:8081"), .init(id: .max, name: "c", address: "10.0.0.3:8081"),
        ]
    )

    @Test("It is there after a restart, and the last one only")
    func kept() throws {
        let folder = TemporaryFolder()
        try {
            let store = ClusterTable(try Store(folder: folder.path))
            #expect(try store.cluster(at: Self.cluster.store) == nil)
            try store.keep(Self.cluster)
        }()
        let store = ClusterTable(try Store(folder: folder.path))
        #expect(try store.cluster(at: Self.cluster.store) == Self.cluster)
        #expect(try store.cluster(at: "redis://10.0.0.6:6379/0") == nil)
        let other = StoredCluster(store: "etcd://10.0.0.6:2379", term: 1, seenAt: 0, members: [])
        try store.keep(other)
        #expect(try store.cluster(at: other.store) == other)
        #expect(try store.cluster(at: Self.cluster.store) == nil)
    }
}
