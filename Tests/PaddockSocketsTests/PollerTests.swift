// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import PaddockTesting
import Testing

@testable import PaddockSockets

@Suite("Waiting for descriptors")
struct PollerTests {
    private func happened(_ poller: Poller) -> [UInt64: Readiness] {
        var happened: [UInt64: Readiness] = [:]
        poller.wait(milliseconds: 0) { tag, readiness in happened[tag] = readiness }
        return happened
    }

    private func pair() throws -> (Peer, Peer) {
        var descriptors: [Int32] = [0, 0]
        try SystemCall.check(paddock_socket_pair(&descriptors), "socketpair")
        return (Peer(descriptors[0]), Peer(descriptors[1]))
    }

    @Test("Unread data is reported again, with the tag of its descriptor")
    func levels() throws {
        let poller = try Poller()
        let (near, far) = try self.pair()
        try poller.add(near.descriptor, .readable, tag: 7 << 32 | 5)
        #expect(self.happened(poller).isEmpty)
        far.send("hi")
        #expect(self.happened(poller) == [7 << 32 | 5: .readable])
        #expect(self.happened(poller) == [7 << 32 | 5: .readable])
        #expect(near.receiveText() == "hi")
        #expect(self.happened(poller).isEmpty)
    }

    @Test("Only requested events are reported, from the change on")
    func interest() throws {
        let poller = try Poller()
        let (near, far) = try self.pair()
        try poller.add(near.descriptor, .readable, tag: 1)
        far.send("hi")
        poller.change(near.descriptor, from: .readable, to: .writable, tag: 2)
        #expect(self.happened(poller) == [2: .writable])
        poller.change(near.descriptor, from: .writable, to: [], tag: 3)
        #expect(self.happened(poller).isEmpty)
    }

    @Test("Closed descriptors are not reported, all others are")
    func removal() throws {
        let poller = try Poller()
        let pairs = try (0..<4).map { _ in try self.pair() }
        for (index, (near, _)) in pairs.enumerated() { try poller.add(near.descriptor, .readable, tag: UInt64(index)) }
        for index in [0, 2] {
            pairs[index].0.close()
        }
        for (_, far) in pairs { far.send("hi") }
        #expect(self.happened(poller) == [1: .readable, 3: .readable])
    }

    @Test("A descriptor that is given up is not reported, though it stays open")
    func givenUp() throws {
        let poller = try Poller()
        let (near, far) = try self.pair()
        try poller.add(near.descriptor, .readable, tag: 1)
        far.send("hi")
        poller.remove(near.descriptor, .readable)
        #expect(self.happened(poller).isEmpty)
        try poller.add(near.descriptor, .readable, tag: 2)
        #expect(self.happened(poller) == [2: .readable])
    }

    #if os(Linux)
    @Test("A descriptor that both sides have closed is always reported")
    func failed() throws {
        let poller = try Poller()
        let (near, far) = try self.pair()
        try poller.add(near.descriptor, [], tag: 1)
        far.close()
        #expect(self.happened(poller)[1]?.contains(.failed) == true)
    }
    #endif
}
