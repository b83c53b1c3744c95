// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("ClientTable")
struct ClientTableTests {
    private var clients = ClientTable()

    /// A client has one request, which takes a second.
    private mutating func serve(_ name: String, at now: Instant) -> ClientIndex {
        let index = self.clients.entry(for: Client(name: name), now: now)
        self.clients.start(index, .interactive)
        self.clients.charge(index, .interactive, 1e9)
        self.clients.end(index)
        self.clients.releaseIfIdle(index, now: now.advanced(by: .microseconds(1)))
        return index
    }

    @Test("Twenty thousand clients leave a bounded number of entries")
    mutating func isBounded() {
        let alice = self.clients.entry(for: Client(name: "alice"), now: .seconds(0))
        self.clients.start(alice, .interactive)
        for client in 1...20_000 {
            _ = self.serve("client-\(client)", at: Instant(nanoseconds: Int64(client) * 1_000))
            #expect(self.clients.count <= 258)
        }
        #expect(self.clients.busyCount == 1)
    }

    @Test("Service above the virtual time is remembered while a client is idle, and decays by a second per second")
    mutating func decays() {
        let busy = self.clients.entry(for: Client(name: "busy"), now: .seconds(0))
        self.clients.start(busy, .interactive)
        let alice = self.serve("alice", at: .seconds(0))
        #expect(self.clients[alice].parts.interactive.service == 1e9)
        let again = self.clients.entry(for: Client(name: "alice"), now: Instant(nanoseconds: 400_001_000))
        #expect(again == alice)
        #expect(self.clients[again].parts.interactive.service == 0.6e9)
    }

    @Test("A client that comes back begins at the virtual time, and idle time earns nothing")
    mutating func beginsAtVirtualTime() {
        let busy = self.clients.entry(for: Client(name: "busy"), now: .seconds(0))
        for _ in 0..<3 {
            self.clients.start(busy, .interactive)
            self.clients.charge(busy, .interactive, 1e9)
        }
        let newcomer = self.clients.entry(for: Client(name: "newcomer"), now: .seconds(9))
        #expect(self.clients[newcomer].parts.interactive.service == 2e9)
    }
}
