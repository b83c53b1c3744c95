// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("Fair share between clients")
struct FairShareTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")
    private let carol = Client(name: "carol")

    private static var policies: [AdmissionPolicy] {
        var unfair = AdmissionPolicy()
        unfair.isFair = false
        var few = AdmissionPolicy()
        (few.batchShare, few.batchSlots) = (0.5, 1)
        return [AdmissionPolicy(), unfair, few]
    }

    @Test(
        "One client with one class is plain arrival order, and only the newcomer is rejected, whatever the policy",
        arguments: Self.policies,
        RequestClass.allCases
    )
    func oneClient(policy: AdmissionPolicy, requestClass: RequestClass) throws {
        let gate = Gate(parallel: 2, queue: 8, policy: policy)
        for request in 0..<20 { gate.arrive(request, of: self.alice, requestClass) }
        #expect(try gate.reading().totals.rejected == (policy.batchSlots == 1 && requestClass == .batch ? 11 : 10))
        let order = gate.order()
        #expect(order == order.sorted())
        var started: [Int] = []
        while let request = gate.slots.keys.min() {
            gate.wait(.milliseconds(request * 300))
            try gate.finish(request)
            started += gate.takeHeard().compactMap { if case .start(let request, _) = $0 { request } else { nil } }
        }
        #expect(started == order)
    }

    @Test("A newcomer to a flood is next, and then they take turns")
    func takesTurns() throws {
        let gate = Gate(parallel: 1, queue: 100)
        for request in 0..<20 { gate.arrive(request, of: self.alice) }
        for request in 20..<23 { gate.arrive(request, of: self.bob) }
        #expect(gate.order().prefix(7) == [20, 1, 21, 2, 22, 3, 4])
        gate.wait(.seconds(1))
        try gate.finish(0)
        #expect(gate.slots[20]?.rule == .leastService)
    }

    @Test("With fairness off they start in the order in which they arrived")
    func fairnessOff() {
        var policy = AdmissionPolicy()
        policy.isFair = false
        let gate = Gate(parallel: 1, queue: 100, policy: policy)
        for request in 0..<20 { gate.arrive(request, of: request % 3 == 0 ? self.alice : self.bob) }
        #expect(gate.order() == Array(1..<20))
    }

    @Test("A client that was idle starts at the virtual time, without credit")
    func noHoard() throws {
        let gate = Gate(parallel: 1, queue: 100)
        gate.arrive(0, of: self.bob)
        for request in 1...50 {
            gate.arrive(request, of: self.alice)
            gate.wait(.seconds(1))
            try gate.finish(request - 1)
        }
        for request in 51...55 { gate.arrive(request, of: self.alice) }
        for request in 61...65 { gate.arrive(request, of: self.bob) }
        #expect(gate.order() == [61, 51, 62, 52, 63, 53, 64, 54, 65, 55])
    }

    /// Alice has just had 10 s while others kept the model busy; she returns after a while, just before Bob arrives.
    private func orderAfterDebt(idle: Nanoseconds) throws -> [Int] {
        let gate = Gate(parallel: 2, queue: 100)
        gate.arrive(0, of: self.carol)
        gate.arrive(1, of: self.alice)
        gate.wait(.seconds(10))
        try gate.finish(1, .failed)
        gate.arrive(2, of: Client(name: "dave"))
        gate.wait(idle)
        for request in 11...12 { gate.arrive(request, of: self.alice) }
        for request in 21...23 { gate.arrive(request, of: self.bob) }
        return gate.order()
    }

    @Test("Service beyond a client's share decays by one second per second of idleness")
    func forgives() throws {
        #expect(try self.orderAfterDebt(idle: .zero) == [21, 22, 11, 23, 12])
        #expect(try self.orderAfterDebt(idle: .seconds(1)) == [21, 11, 22, 12, 23])
        #expect(try self.orderAfterDebt(idle: .seconds(60)) == [11, 21, 12, 22, 23])
    }

    @Test("When the model has been idle all are level")
    func forgivesWhenIdle() throws {
        let gate = Gate(parallel: 1, queue: 100)
        gate.arrive(0, of: self.alice)
        gate.wait(.seconds(1_000))
        try gate.finish(0)
        gate.arrive(1, of: self.carol)
        for request in 11...13 { gate.arrive(request, of: self.alice) }
        for request in 21...23 { gate.arrive(request, of: self.bob) }
        #expect(gate.order() == [11, 21, 12, 22, 13, 23])
    }

    @Test("A client with one very long request does not get a second slot before others have had as much")
    func chargesWhileRunning() throws {
        let gate = Gate(parallel: 2, queue: 100)
        gate.arrive(0, of: self.alice)
        gate.arrive(10, of: self.bob)
        for request in 1...3 { gate.arrive(request, of: self.alice) }
        for request in 11...15 { gate.arrive(request, of: self.bob) }
        for request in 10..<15 {
            gate.wait(.milliseconds(1_100))
            try gate.finish(request)
            #expect(gate.slots[request + 1] != nil)
        }
    }

    @Test("A short request gives back what it was charged beyond its time")
    func refunds() throws {
        var race = Race(
            Gate(parallel: 1, queue: 100),
            [
                Race.Runner(client: self.alice, processing: .milliseconds(250), outstanding: 5),
                Race.Runner(client: self.bob, processing: .seconds(1), outstanding: 5),
            ]
        )
        try race.run(for: .seconds(200))
        #expect(abs(race.service[0] / .seconds(100) - 1) < 0.02)
        #expect(abs(race.service[1] / .seconds(100) - 1) < 0.02)
    }

    @Test("Weights of 1, 3 and 0.5 give 1, 3 and 0.5 parts of the slot time", arguments: [1, 4])
    func weights(slots: Int) throws {
        let weights = [1, 3, 0.5]
        var race = Race(
            Gate(parallel: slots, queue: 100),
            weights.enumerated().map { index, weight in
                Race.Runner(
                    client: Client(name: "client-\(index)", weight: weight),
                    processing: .milliseconds(700 + 200 * index),
                    outstanding: 12
                )
            }
        )
        try race.run(for: .seconds(300))
        for (service, weight) in zip(race.service, weights) {
            let part = service / (.seconds(300) * slots) * 4.5
            #expect(abs(part / weight - 1) < 0.05, "\(race.service)")
        }
    }

    @Test("The least and the greatest weight neither starve nor upset the sums")
    func extremeWeights() throws {
        var race = Race(
            Gate(parallel: 1, queue: 100),
            [
                Race.Runner(client: Client(name: "least", weight: 0.01), processing: .seconds(1), outstanding: 5),
                Race.Runner(client: Client(name: "greatest", weight: 100), processing: .seconds(1), outstanding: 5),
            ]
        )
        try race.run(for: .seconds(10_100))
        #expect(race.starts.count { $0 == 0 } == 2)
    }

    @Test("Polite clients that return again and again do not starve one that always waits")
    func politeClientsLeaveAShare() throws {
        let polite = (0..<20).map {
            Race.Runner(
                client: Client(name: "polite-\($0)"),
                processing: .seconds(1),
                outstanding: 1,
                pause: .seconds(3)
            )
        }
        var race = Race(
            Gate(parallel: 1, queue: 500),
            polite + [Race.Runner(client: self.alice, processing: .seconds(1), outstanding: 50)]
        )
        try race.run(for: .seconds(420))
        #expect((14...30).contains(race.starts.count { $0 == 20 }), "about one in 21 of 420")
    }

    @Test("Ever new clients do not starve one that always waits")
    func newClientsLeaveAShare() throws {
        let new = Race.Runner(client: self.bob, processing: .seconds(1), outstanding: 10, isNewEachTime: true)
        var race = Race(
            Gate(parallel: 1, queue: 500),
            [new, Race.Runner(client: self.alice, processing: .seconds(1), outstanding: 5)]
        )
        try race.run(for: .seconds(400))
        #expect((20...80).contains(race.starts.count { $0 == 1 }))
    }

    @Test("What was charged too much is not lost while its client waits")
    func refundsCountWhileWaiting() throws {
        let gate = Gate(parallel: 3, queue: 100)
        for request in 0..<8 {
            gate.arrive(request, of: self.carol)
            gate.wait(.seconds(10))
            try gate.finish(request)
        }
        // Each is charged 10 s; Alice's take a tenth of it, Bob's a hundredth.
        var race = Race(
            gate,
            [
                Race.Runner(client: self.alice, processing: .seconds(1), outstanding: 10),
                Race.Runner(client: self.bob, processing: .milliseconds(100), outstanding: 10),
            ]
        )
        try race.run(for: .seconds(300))
        let difference = abs(race.service[0] / .seconds(1) - race.service[1] / .seconds(1))
        #expect(difference <= 2 * 3 * 10, "\(race.service)")
    }

    @Test(
        "While clients wait, their service for their weight differs by no more than their slots are charged at once",
        arguments: 1...8
    )
    func staysWithinTheBound(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let slots = Int.random(in: 1...4, using: &random)
        let runners = (0..<Int.random(in: 2...5, using: &random)).map {
            Race.Runner(
                client: Client(name: "client-\($0)", weight: Double(Int.random(in: 1...8, using: &random)) / 2),
                processing: .milliseconds(Int.random(in: 200...5_000, using: &random)),
                outstanding: slots + 2
            )
        }
        var race = Race(Gate(parallel: slots, queue: 100), outcome: .completed(status: 200), runners)
        try race.run(for: .seconds(300))
        // No request is charged more than twice what the longest takes.
        let most = 2 * (runners.map { $0.processing / .seconds(1) }.max() ?? 0) * Double(slots)
        for (one, service) in zip(runners, race.service) {
            for (other, otherService) in zip(runners, race.service) {
                let difference =
                    service / .seconds(1) / one.client.weight - otherService / .seconds(1) / other.client.weight
                #expect(abs(difference) <= most / one.client.weight + most / other.client.weight)
            }
        }
    }
}
