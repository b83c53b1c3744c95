// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Slots of a backend that all models share")
struct SharedSlotTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")

    @Test("They bound all models together, and what one gives back another can use")
    func bound() throws {
        let gate = Gate(parallel: 2, slots: [0: 2])
        #expect(gate.arrive(1, "a").isStarted)
        #expect(gate.arrive(2, "b").isStarted)
        #expect(gate.arrive(3, "c").isQueued && gate.arrive(4, "a").isQueued)
        #expect(try gate.reading("c").availableSlots == 0)
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
        try gate.finish(3)
        #expect(try gate.reading("a").availableSlots == 1, "of its two one is taken, and so is one of the backend's")
        #expect(gate.snapshot.backends == [BackendSnapshot(isHealthy: true, active: 1, slots: 2)])
    }

    @Test("A model's own limit still holds, and does not keep others from a slot")
    func ownLimit() throws {
        let gate = Gate(parallel: 1, slots: [0: 3])
        gate.arrive(1, "a")
        gate.arrive(2, "a")
        gate.arrive(3, "b")
        gate.arrive(4, "c")
        gate.arrive(5, "d")
        try gate.finish(3)
        #expect(gate.takeHeard() == [.start(5, backend: 0)], "the older one has no slot of its own model")
    }

    @Test("Another backend takes what one has no slot for, and only that one is bounded")
    func severalBackends() throws {
        let gate = Gate(parallel: 2, backends: 2, slots: [0: 1])
        for request in 1...3 { #expect(gate.arrive(request, "a").isStarted) }
        #expect((1...3).map { gate.slots[$0]?.backend } == [0, 1, 1])
        #expect(gate.arrive(4, "b").isStarted && gate.slots[4]?.backend == 1)
        #expect(gate.arrive(5, "b").isStarted && gate.arrive(6, "b").isQueued)
        #expect(gate.arrive(7, "a").isQueued)
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(6, backend: 0)])
    }

    @Test("A client with many requests does not keep others waiting, whatever models it names")
    func fairBetweenClients() throws {
        let gate = Gate(parallel: 4, queue: 100, slots: [0: 4])
        for request in 0..<40 { gate.arrive(request, ModelName("model-\(request % 8)") ?? "a", of: self.alice) }
        gate.arrive(100, "b", of: self.bob)
        try gate.finish(0)
        #expect(gate.takeHeard() == [.start(100, backend: 0)])
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(4, backend: 0)], "of one client's the oldest is next")
    }

    @Test("A client of twice the weight may hold twice as many")
    func weights() throws {
        let gate = Gate(parallel: 9, queue: 100, slots: [0: 6])
        let heavy = Client(name: "heavy", weight: 2)
        for request in 0..<6 { gate.arrive(request, "x") }
        for request in 10..<20 { gate.arrive(request, "a", of: self.alice) }
        for request in 20..<30 { gate.arrive(request, "b", of: heavy) }
        for request in 0..<6 { try gate.finish(request) }
        #expect(gate.takeHeard() == [10, 20, 21, 11, 22, 23].map { .start($0, backend: 0) })
    }

    @Test("Without fairness the oldest is next")
    func arrivalOrder() throws {
        var policy = AdmissionPolicy()
        policy.isFair = false
        let gate = Gate(parallel: 4, queue: 100, policy: policy, slots: [0: 1])
        gate.arrive(0, "a", of: self.alice)
        gate.arrive(1, "b", of: self.alice)
        gate.arrive(2, "a", of: self.alice)
        gate.arrive(3, "c", of: self.bob)
        for request in 0..<3 { try gate.finish(request) }
        #expect(gate.takeHeard() == [1, 2, 3].map { .start($0, backend: 0) })
    }

    @Test("A model's interactive requests go before another's batch, which is next once when it has earned a request")
    func batch() throws {
        var policy = AdmissionPolicy()
        policy.batchShare = 0.25
        let gate = Gate(parallel: 1, queue: 100, policy: policy, slots: [0: 1])
        gate.arrive(0, "a")
        gate.arrive(1, "b", .batch)
        for request in 2...9 { gate.arrive(request, "a") }
        for request in [0, 2, 3, 4, 5] {
            gate.wait(.seconds(1))
            try gate.finish(request)
        }
        #expect(gate.takeHeard() == [2, 3, 4, 5, 1].map { .start($0, backend: 0) })
    }

    @Test("A backend that answers again gives its slots to the oldest, not to the first by name")
    func recovery() throws {
        let gate = Gate(parallel: 1, backends: 2, slots: [0: 1, 1: 1])
        gate.setBackend(0, healthy: false)
        gate.arrive(1, "z")
        gate.arrive(2, "y")
        gate.arrive(3, "a")
        gate.setBackend(0, healthy: true)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("A model that only waited leaves no entry if none is kept")
    func noEntry() throws {
        let gate = Gate(parallel: 1, slots: [0: 1], unnamedLimit: 0)
        gate.arrive(1, "a")
        gate.arrive(2, "b", within: .seconds(5))
        gate.arrive(3, "c")
        #expect(try gate.cancel(3))
        gate.wait(.seconds(5))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(2, waited: .seconds(5))])
        try gate.finish(1, .completed(status: 404))
        #expect(gate.snapshot.models.isEmpty)
        gate.arrive(4, "b")
        #expect(gate.snapshot.models.map(\.name) == ["b"])
    }

    @Test("One that is rejected without a queue leaves none either, once")
    func noEntryWithoutQueue() throws {
        let gate = Gate(parallel: 1, queue: 0, slots: [0: 1], unnamedLimit: 0)
        gate.arrive(1, "a")
        #expect(gate.arrive(2, "b") == .rejected(.queueFull(waiting: 0, retryAfter: 1)))
        gate.arrive(3, "c")
        #expect(gate.snapshot.models.map(\.name) == ["a"])
    }

    @Test("Retry-After counts the slots that a model can have at most")
    func retryAfter() throws {
        let gate = Gate(parallel: 8, queue: 0, backends: 2, slots: [0: 1])
        gate.arrive(1)
        gate.wait(.seconds(18))
        try gate.finish(1)
        for request in 2...10 { #expect(gate.arrive(request).isStarted) }
        #expect(gate.arrive(11) == .rejected(.queueFull(waiting: 0, retryAfter: 2)))
    }

    @Test("However many models cannot start, one that can is found")
    func manyModels() throws {
        let gate = Gate(parallel: 1, queue: 10, slots: [0: 301])
        for request in 0..<300 { gate.arrive(request, ModelName("model-\(request)") ?? "a") }
        gate.arrive(300, "other")
        for request in 0..<300 { gate.arrive(1000 + request, ModelName("model-\(request)") ?? "a") }
        gate.arrive(2000, "last")
        #expect(gate.takeHeard().isEmpty)
        try gate.finish(300)
        #expect(gate.takeHeard() == [.start(2000, backend: 0)])
    }

    @Test("The slots of a backend can change while it has requests: those beyond them go on, and nobody new begins")
    func changedSlots() throws {
        let gate = Gate(parallel: 4, queue: 10)
        for request in 1...3 { gate.arrive(request, "a", of: Client(name: "many")) }
        gate.describeBackend(0, slots: 2)
        #expect(gate.snapshot.backends[0].slots == 2)
        gate.arrive(4, "b", of: Client(name: "many"))
        gate.arrive(5, "c", of: Client(name: "one"))
        #expect(gate.slots.keys.sorted() == [1, 2, 3])
        try gate.finish(1)
        #expect(gate.takeHeard().isEmpty, "two are still active")
        try gate.finish(2)
        #expect(
            gate.takeHeard() == [.start(5, backend: 0)],
            "the other client held a slot before there was a number of them"
        )
        gate.arrive(6, "d", of: Client(name: "one"))
        gate.describeBackend(0, slots: 3)
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
        gate.describeBackend(0, slots: nil)
        #expect(gate.takeHeard() == [.start(6, backend: 0)])
        for request in [3, 4, 5, 6] { try gate.finish(request) }
        gate.describeBackend(0, slots: 1)
        gate.arrive(7, "a")
        gate.arrive(8, "b")
        #expect(gate.slots.keys.sorted() == [7], "nothing is left of those that have ended")
    }
}
