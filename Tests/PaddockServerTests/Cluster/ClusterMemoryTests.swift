// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockCluster
import PaddockStore
import Testing

@testable import PaddockServer

@Suite("What a member leaves to its next process")
struct ClusterMemoryTests {
    private static let peer = MemberIdentity(
        id: MemberID(.max),
        name: "b",
        address: "10.0.0.2:8081",
        hasBeenLed: true
    )

    private static func memory(_ term: UInt64, _ peers: [MemberIdentity]) -> ClusterMachine.Memory {
        var memory = ClusterMachine.Memory()
        (memory.term, memory.peers) = (Term(term), peers)
        return memory
    }

    @Test("It knows the term and the others, and forgets those that nobody counts any more")
    func recalled() throws {
        let store = try Store(inMemoryBecause: "of a test")
        var first = try ClusterMemory(store, address: "redis://a", maxAge: 100)
        #expect(first.recalled(now: 1_000) == ClusterMachine.Memory())
        try first.keep(Self.memory(7, [Self.peer]), now: 1_000)
        let next = try ClusterMemory(store, address: "redis://a", maxAge: 100)
        #expect(next.recalled(now: 1_099) == Self.memory(7, [Self.peer]))
        #expect(next.recalled(now: 1_100) == Self.memory(7, []))
        #expect(try ClusterMemory(store, address: "redis://b", maxAge: 100).recalled(now: 1_000).peers.isEmpty)
    }

    @Test("It is written when it changes, and before it is too old")
    func written() throws {
        let store = try Store(inMemoryBecause: "of a test")
        var memory = try ClusterMemory(store, address: "redis://a", maxAge: 100)
        for (now, seenAt) in [(1_000, 1_000), (1_024, 1_000), (1_025, 1_025), (1_030, 1_025)] {
            try memory.keep(Self.memory(7, [Self.peer]), now: now)
            #expect(try ClusterTable(store).cluster(at: "redis://a")?.seenAt == seenAt)
        }
        try memory.keep(Self.memory(8, [Self.peer]), now: 1_031)
        #expect(try ClusterTable(store).cluster(at: "redis://a")?.term == 8)
        try memory.keep(Self.memory(8, []), now: 1_032)
        #expect(try ClusterTable(store).cluster(at: "redis://a")?.members == [])
    }
}
