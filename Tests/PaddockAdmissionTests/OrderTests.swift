// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("What operators order of clients")
struct OrderTests {
    private static let alice = Client(name: "alice")
    private static let bob = Client(name: "bob")

    private static func paused(_ names: String...) -> [String: ClientOrder] {
        var order = ClientOrder()
        order.isPaused = true
        return Dictionary(uniqueKeysWithValues: names.map { ($0, order) })
    }

    private static func cap(_ name: String, _ parallel: Int) -> [String: ClientOrder] {
        var order = ClientOrder()
        order.parallel = parallel
        return [name: order]
    }

    private func reason(of request: Int, in gate: Gate) -> WaitReason.Kind? {
        gate.requests.first { $0.id == "\(request)" }?.waitsFor?.kind
    }

    @Test("Of a paused client nothing starts, what runs goes on, and others are not held up")
    func pause() throws {
        let gate = Gate(parallel: 2)
        gate.arrive(1, of: Self.alice)
        gate.obey(Self.paused("alice"))
        // New ones wait, though a slot is free.
        #expect(Gate.Expected(gate.arrive(2, of: Self.alice)) == .queued)
        #expect(Gate.Expected(gate.arrive(3, of: Self.bob)) == .start(backend: 0))
        #expect(self.reason(of: 2, in: gate) == .paused)
        try gate.finish(1)
        #expect(gate.takeHeard().isEmpty)
        #expect(Gate.Expected(gate.arrive(4, of: Self.bob)) == .start(backend: 0))
        gate.arrive(5, of: Self.bob)
        #expect(self.reason(of: 5, in: gate) == .slot)
        try gate.finish(3)
        #expect(gate.takeHeard() == [.start(5, backend: 0)])
        try gate.finish(4)
        #expect(gate.takeHeard().isEmpty)
        gate.obey([:])
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("A name that nobody has seen can be paused, and a waiter of a paused client times out at its deadline")
    func unseen() throws {
        let gate = Gate()
        gate.obey(Self.paused("alice"))
        #expect(Gate.Expected(gate.arrive(1, of: Self.alice, within: .seconds(10))) == .queued)
        gate.wait(.seconds(10))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(1, waited: .seconds(10))])
        #expect(gate.standing(of: "alice") == nil)
    }

    @Test("A cap below what runs ends nothing, and starts nothing until there is room; without it all may start")
    func cap() throws {
        let gate = Gate(parallel: 4)
        for request in 1...4 { gate.arrive(request, of: Self.alice) }
        gate.obey(Self.cap("alice", 2))
        gate.arrive(5, of: Self.alice)
        gate.arrive(6, of: Self.alice)
        try gate.finish(1)
        try gate.finish(2)
        #expect(gate.takeHeard().isEmpty && self.reason(of: 5, in: gate) == .limit)
        try gate.finish(3)
        #expect(gate.takeHeard() == [.start(5, backend: 0)])
        gate.obey([:])
        #expect(gate.takeHeard() == [.start(6, backend: 0)])
    }

    @Test("The smaller of quota and cap counts", arguments: [(1, 3), (3, 1)])
    func quotaAndCap(quota: Int, cap: Int) {
        var limits = Quota()
        limits.parallel = quota
        let gate = Gate(parallel: 4, quotas: ["alice": limits])
        gate.obey(Self.cap("alice", cap))
        for request in 1...4 { gate.arrive(request, of: Self.alice) }
        #expect(gate.slots.count == 1)
    }

    @Test("A long pause is no credit: who comes back takes turns with who was there", arguments: [false, true])
    func credit(isBatch: Bool) throws {
        let gate = Gate(parallel: 1, queue: 200)
        let requestClass: RequestClass = isBatch ? .batch : .interactive
        gate.arrive(0, of: Self.bob, requestClass)
        gate.obey(Self.paused("alice"))
        for request in 1...20 { gate.arrive(request, of: Self.alice, requestClass) }
        for request in 21...90 { gate.arrive(request, of: Self.bob, requestClass) }
        var last = 0
        func next() throws -> Int {
            gate.wait(.seconds(10))
            try gate.finish(last)
            guard case .start(let request, _)? = gate.takeHeard().first else { return -1 }
            last = request
            return request
        }
        for _ in 0..<30 { #expect(try next() > 20) }
        gate.obey([:])
        let started = try (0..<20).map { _ in try next() }
        #expect((9...11).contains(started.count { $0 <= 20 }), "\(started)")
    }

    @Test("What waits of a paused client keeps no model loaded and has none loaded")
    func visits() throws {
        let gate = Gate(parallel: 1, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe(["a"])
        gate.arrive(1, "a", of: Self.alice)
        for request in 2...9 { gate.arrive(request, "a", of: Self.alice) }
        gate.obey(Self.paused("alice"))
        gate.arrive(10, "b", of: Self.bob)
        #expect(gate.takeCommands().isEmpty)
        try gate.finish(1)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(gate.takeHeard() == [.start(10, backend: 0)])
        try gate.answered(10)
        try gate.finish(10)
        // Nothing that waits may start, so nothing is loaded for it.
        #expect(gate.takeCommands().isEmpty && gate.takeHeard().isEmpty)
        gate.wait(.seconds(600))
        gate.deadlineReached()
        #expect(gate.takeCommands().isEmpty)
        gate.obey([:])
        #expect(gate.takeCommands() == [.unload("b", 0)])
        gate.unloaded("b")
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("A load that was planned for a client is given up when that is paused")
    func plan() throws {
        let gate = Gate(parallel: 1, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe(["a"])
        gate.arrive(1, "a", of: Self.bob)
        gate.wait(.seconds(600))
        gate.arrive(2, "b", of: Self.alice)
        gate.arrive(3, "a", of: Self.bob)
        gate.obey(Self.paused("alice"))
        try gate.finish(1)
        #expect(gate.takeCommands().isEmpty && gate.takeHeard() == [.start(3, backend: 0)])
    }

    @Test("A request whose backend is gone waits if its client was paused meanwhile")
    func unreachable() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1, of: Self.alice)
        gate.obey(Self.paused("alice"))
        #expect(Gate.Expected(try gate.backendUnreachable(1)) == .queued)
        #expect(gate.takeHeard().isEmpty)
        gate.obey([:])
        #expect(gate.takeHeard() == [.start(1, backend: 1)])
    }

    @Test("Without fairness a held request that is older than all that may start has a position")
    func position() {
        var policy = AdmissionPolicy()
        policy.isFair = false
        let gate = Gate(policy: policy)
        gate.arrive(1, of: Self.bob)
        gate.arrive(2, of: Self.alice)
        gate.arrive(3, of: Self.bob)
        gate.obey(Self.paused("alice"))
        #expect(gate.place(of: 2) == 1)
    }

    @Test("A drain rejects what waits of a paused client")
    func drain() {
        let gate = Gate()
        gate.obey(Self.paused("alice"))
        gate.arrive(1, of: Self.alice)
        gate.drain()
        #expect(gate.takeHeard() == [.reject(1, .shuttingDown(retryAfter: 1))])
    }

    @Test("An account of a paused client competes with nobody, and has no credit after it")
    func accounts() {
        var accounts = Accounts()
        func arrive(_ name: String) -> AccountIndex {
            accounts.arrived(
                Client(name: name),
                .interactive,
                share: 1,
                slack: 1e9,
                now: Instant(nanoseconds: 0)
            )
        }
        let (alice, bob) = (arrive("alice"), arrive("bob"))
        accounts.setHeld("alice", true)
        #expect(accounts.busyCount == 1)
        accounts.charge(bob, 100e9)
        #expect(accounts.level == 100e9)
        accounts.setHeld("alice", false)
        #expect(accounts.busyCount == 2 && accounts.service(of: alice) == 100e9)
        accounts.setHeld("alice", true)
        accounts.ended(alice, now: Instant(nanoseconds: 0))
        accounts.setHeld("alice", false)
        #expect(accounts.busyCount == 1)
    }
}
