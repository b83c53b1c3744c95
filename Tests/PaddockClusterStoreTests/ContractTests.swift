// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import PaddockSystem
import Testing

@testable import PaddockClusterStore

@Suite(.serialized) struct StoreContractTests {
    static var stores: [String] {
        (["PADDOCK_TEST_REDIS", "PADDOCK_TEST_ETCD"] as [String]).compactMap { name in
            getenv(name).map { String(cString: $0) }
        }
    }

    private static func member(_ id: UInt64, hasBeenLed: Bool = false) -> MemberIdentity {
        MemberIdentity(id: MemberID(id), name: "m \"\(id)\" ä", address: "10.0.0.1:8081", hasBeenLed: hasBeenLed)
    }

    private static func question(_ member: MemberIdentity, _ office: StoreQuestion.Office, dead: [MemberID] = [])
        -> StoreQuestion
    {
        StoreQuestion(member: member, office: office, dead: dead, asked: Instant(nanoseconds: 0))
    }

    private static func make(_ text: String, _ options: ClusterOptions) throws -> any ClusterStore {
        let address = try StoreAddress(text + "?prefix=t\(UInt64.random(in: 0..<1 << 60))")
        return if case .etcd = address.engine { EtcdStore(address, options: options) } else {
            RedisStore(address, options: options)
        }
    }

    @Test(arguments: Self.stores) func `The office has one holder, and terms grow`(_ text: String) async throws {
        var options = ClusterOptions()
        options.lease = .seconds(2)
        options.forget = .seconds(60)
        let store = try Self.make(text, options)
        let (a, b) = (Self.member(1), Self.member(2))
        var reading = try await store.ask(Self.question(a, .look))
        #expect(reading.holder == nil)
        #expect(reading.members == [a])
        reading = try await store.ask(Self.question(a, .take(after: Term(6))))
        #expect(reading.holder?.0 == a)
        #expect(reading.holder?.1 == Term(7))
        // Somebody else's wish changes nothing.
        reading = try await store.ask(Self.question(b, .take(after: .none)))
        #expect(reading.holder?.0 == a)
        #expect(reading.holder?.1 == Term(7))
        #expect(reading.members.sorted { $0.id < $1.id } == [a, b])
        reading = try await store.ask(Self.question(b, .resign))
        #expect(reading.holder?.0 == a)
        reading = try await store.ask(Self.question(Self.member(1, hasBeenLed: true), .renew(Term(7))))
        #expect(reading.holder?.1 == Term(7))
        #expect(reading.members.contains(Self.member(1, hasBeenLed: true)))
        // One that is dead leaves it at once.
        reading = try await store.ask(Self.question(b, .take(after: .none), dead: [a.id]))
        #expect(reading.holder?.0 == b)
        #expect(reading.holder?.1 == Term(8))
        #expect(reading.members == [b])
        reading = try await store.ask(Self.question(b, .resign))
        #expect(reading.holder == nil)
        // The same term goes on only if nobody had a later one.
        reading = try await store.ask(Self.question(a, .renew(Term(7))))
        #expect(reading.holder == nil)
        reading = try await store.ask(Self.question(b, .renew(Term(8))))
        #expect(reading.holder?.1 == Term(8))
        // A lease runs out; waiting for it is what the store is asked about.
        var asked = 0
        while reading.holder != nil {
            reading = try await store.ask(Self.question(a, .look))
            asked += 1
        }
        #expect(asked > 1)
        await store.close()
    }

    @Test(arguments: Self.stores) func `Of many that want the office one gets it`(_ text: String) async throws {
        let options = ClusterOptions()
        let first = try Self.make(text, options)
        _ = try await first.ask(Self.question(Self.member(99), .look))
        let prefix = "?prefix=race\(UInt64.random(in: 0..<1 << 60))"
        let address = try StoreAddress(text + prefix)
        let holders = try await withThrowingTaskGroup(of: UInt64?.self) { group in
            for id in 1...16 as ClosedRange<UInt64> {
                group.addTask {
                    let store: any ClusterStore =
                        if case .etcd = address.engine { EtcdStore(address, options: options) } else {
                            RedisStore(address, options: options)
                        }
                    let reading = try await store.ask(Self.question(Self.member(id), .take(after: .none)))
                    await store.close()
                    return reading.holder.flatMap { $0.0.id.number == id ? id : nil }
                }
            }
            return try await group.reduce(into: []) { if let id = $1 { $0.append(id) } }
        }
        #expect(holders.count == 1)
    }
}
