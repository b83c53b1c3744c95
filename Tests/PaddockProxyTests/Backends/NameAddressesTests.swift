// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import PaddockProxy

@Suite("The addresses of a name")
struct NameAddressesTests {
    private static let addresses = (1...3).compactMap { try? SocketAddress(ipAddress: "10.0.0.\($0)", port: 80) }
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("They are used for ten seconds, or until none of them accepts a connection")
    func age() {
        var name = NameAddresses()
        #expect(name.fresh(now: self.start) == nil && name.all.isEmpty)
        name.found(Self.addresses, now: self.start)
        #expect(name.fresh(now: self.start + .nanoseconds(9_999_999_999)) == Self.addresses)
        #expect(name.fresh(now: self.start + .seconds(10)) == nil)
        name.failed()
        #expect(name.fresh(now: self.start) == nil && name.all == Self.addresses)
        name.found(Self.addresses, now: self.start)
        #expect(name.fresh(now: self.start) == Self.addresses)
    }

    @Test("Nobody asks again for ten seconds without need, whether there was an answer or not")
    func due() {
        var name = NameAddresses()
        #expect(name.isDue(now: self.start))
        name.ask(now: self.start)
        #expect(
            !name.isDue(now: self.start + .nanoseconds(9_999_999_999)) && name.isDue(now: self.start + .seconds(10))
        )
    }

    @Test("The one that connected last stays in front for as long as the name has it")
    func preferred() {
        let (one, two, three) = (Self.addresses[0], Self.addresses[1], Self.addresses[2])
        var name = NameAddresses()
        name.found([one, two, three], now: self.start)
        name.connected(to: three)
        #expect(name.all == [three, one, two])
        name.found([one, two, three], now: self.start)
        #expect(name.all == [three, one, two])
        name.connected(to: three)
        #expect(name.all == [three, one, two])
        name.found([two, one], now: self.start)
        #expect(name.all == [two, one])
        name.connected(to: three)
        #expect(name.all == [two, one])
    }

    @Test("What it contains is not doubted before anything was found")
    func contains() {
        var name = NameAddresses()
        #expect(name.contains(Self.addresses[0]))
        name.found([Self.addresses[1]], now: self.start)
        #expect(!name.contains(Self.addresses[0]) && name.contains(Self.addresses[1]))
    }
}
