// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("A full queue")
struct FullQueueTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")
    private let carol = Client(name: "carol")

    /// One active request of a client and a number of waiting ones.
    private func gate(queue: Int, policy: AdmissionPolicy = AdmissionPolicy(), of client: Client) -> Gate {
        let gate = Gate(parallel: 1, queue: queue, policy: policy)
        for request in 0...queue { gate.arrive(request, of: client) }
        return gate
    }

    @Test("The newest waiter of the client that holds most gives way to one that holds less than its share")
    func floodGivesWay() throws {
        let gate = self.gate(queue: 4, of: self.alice)
        #expect(gate.arrive(10, of: self.bob).isQueued)
        #expect(gate.takeHeard() == [.reject(4, .queueFull(waiting: 4, retryAfter: 1))])
        #expect(gate.arrive(11, of: self.bob).isQueued)
        #expect(gate.takeHeard() == [.reject(3, .queueFull(waiting: 4, retryAfter: 1))])
        #expect(gate.arrive(12, of: self.bob) == .rejected(.queueFull(waiting: 4, retryAfter: 1)), "each has its half")
        #expect(gate.arrive(13, of: self.alice) == .rejected(.queueFull(waiting: 4, retryAfter: 1)))
        let reading = try gate.reading()
        #expect(reading.queued == 4)
        #expect(reading.totals.rejected == 4, "what gives way counts as rejected")
        #expect(gate.order() == [10, 1, 11, 2])
    }

    @Test("A waiter is evicted only if one more place is within the share of the newcomer's client")
    func wholePlaces() throws {
        let gate = Gate(parallel: 1, queue: 4)
        for request in 0...4 { gate.arrive(request, of: Client(name: "client-\(request)")) }
        #expect(gate.arrive(5, of: Client(name: "client-5")) == .rejected(.queueFull(waiting: 4, retryAfter: 1)))
        #expect(gate.takeHeard().isEmpty, "who has one place does not lose it to who has none")
    }

    @Test("Shares follow the weights")
    func weights() throws {
        let gate = self.gate(queue: 8, of: self.alice)
        let heavy = Client(name: "heavy", weight: 3)
        for request in 10..<16 { #expect(gate.arrive(request, of: heavy).isQueued) }
        #expect(!gate.arrive(16, of: heavy).isQueued)
        #expect(gate.takeHeard().count == 6)
        #expect(!gate.arrive(17, of: self.alice).isQueued)
    }

    @Test("Of clients that hold as much for their weight, the newest waiter is evicted")
    func newestOfEquals() throws {
        for isBobLast in [true, false] {
            let gate = Gate(parallel: 1, queue: 6)
            for request in 0..<7 { gate.arrive(request, of: (request % 2 == 0) == isBobLast ? self.bob : self.alice) }
            #expect(gate.arrive(9, of: self.carol).isQueued)
            #expect(gate.takeHeard() == [.reject(6, .queueFull(waiting: 6, retryAfter: 1))])
        }
    }

    @Test("Of the client that holds most, a batch waiter goes first")
    func batchGoesFirst() throws {
        let gate = Gate(parallel: 1, queue: 4)
        gate.arrive(0, of: self.alice)
        for (request, requestClass) in [RequestClass.interactive, .batch, .batch, .interactive].enumerated() {
            gate.arrive(1 + request, of: self.alice, requestClass)
        }
        #expect(gate.arrive(9, of: self.bob).isQueued)
        #expect(gate.takeHeard() == [.reject(3, .queueFull(waiting: 4, retryAfter: 1))])
        #expect(gate.arrive(10, of: self.bob).isQueued)
        #expect(gate.takeHeard() == [.reject(2, .queueFull(waiting: 4, retryAfter: 1))])
    }

    @Test("No waiter of a better class is evicted for batch")
    func neverABetterClass() throws {
        let gate = self.gate(queue: 4, of: self.alice)
        #expect(!gate.arrive(9, of: self.bob, .batch).isQueued)
        #expect(gate.takeHeard().isEmpty)
        try gate.cancel(4)
        #expect(gate.arrive(10, of: self.alice, .batch).isQueued)
        #expect(gate.arrive(11, of: self.bob, .batch).isQueued)
        #expect(
            gate.takeHeard() == [.reject(10, .queueFull(waiting: 4, retryAfter: 1))],
            "but another batch waiter does"
        )
    }

    @Test("A batch waiter is evicted for batch only if its client holds more than its share")
    func batchWithinItsShare() throws {
        let gate = self.gate(queue: 4, of: self.alice)
        try gate.cancel(4)
        #expect(gate.arrive(9, of: self.bob, .batch).isQueued)
        #expect(!gate.arrive(10, of: self.carol, .batch).isQueued)
        #expect(gate.takeHeard().isEmpty)
    }

    @Test("An interactive newcomer takes the place of the newest batch waiter of its own client")
    func displacesOwnBatch() throws {
        let gate = Gate(parallel: 1, queue: 2)
        gate.arrive(0, of: self.alice)
        gate.arrive(1, of: self.alice, .batch)
        gate.arrive(2, of: self.alice, .batch)
        #expect(gate.arrive(3, of: self.alice).isQueued)
        #expect(gate.takeHeard() == [.reject(2, .queueFull(waiting: 2, retryAfter: 1))])
        #expect(!gate.arrive(4, of: self.alice, .batch).isQueued)
        #expect(gate.arrive(5, of: self.alice).isQueued)
        #expect(!gate.arrive(6, of: self.alice).isQueued)
    }

    @Test("A client whose only request was evicted for another of its own keeps its entry")
    func displacesItsOnlyRequest() throws {
        let gate = Gate(parallel: 1, queue: 1)
        gate.arrive(0, of: self.alice)
        gate.arrive(1, of: self.bob, .batch)
        #expect(gate.arrive(2, of: self.bob).isQueued)
        #expect(gate.takeHeard() == [.reject(1, .queueFull(waiting: 1, retryAfter: 1))])
        #expect(try gate.reading().clients == 2)
        // Others arrive and leave, so that entries are reused.
        for request in 10..<400 { gate.arrive(request, of: Client(name: "client-\(request)")) }
        #expect(gate.requests.map(\.client) == ["alice", "bob"])
        try gate.finish(0)
        try gate.finish(2)
        #expect(try gate.reading().clients == 0)
    }

    @Test("With fairness off an interactive newcomer evicts the newest batch waiter of all, and no other")
    func fairnessOff() throws {
        var policy = AdmissionPolicy()
        policy.isFair = false
        let gate = Gate(parallel: 1, queue: 3, policy: policy)
        gate.arrive(0, of: self.alice)
        gate.arrive(1, of: self.alice, .batch)
        gate.arrive(2, of: self.bob, .batch)
        gate.arrive(3, of: self.alice, .batch)
        try gate.cancel(3)
        gate.arrive(4, of: self.alice)
        #expect(!gate.arrive(5, of: self.carol, .batch).isQueued)
        #expect(gate.arrive(6, of: self.carol).isQueued)
        #expect(gate.takeHeard() == [.reject(2, .queueFull(waiting: 3, retryAfter: 1))])
        #expect(gate.arrive(7, of: self.carol).isQueued)
        #expect(gate.takeHeard() == [.reject(1, .queueFull(waiting: 3, retryAfter: 1))])
        #expect(!gate.arrive(8, of: self.bob).isQueued)
    }

    @Test("With a queue limit of 0 nothing waits, also not in the place of another")
    func noPlaces() throws {
        let gate = Gate(parallel: 1, queue: 2)
        gate.arrive(0, of: self.alice)
        gate.arrive(1, of: self.bob, .batch)
        gate.update(queue: 0)
        #expect(!gate.arrive(2, of: self.bob).isQueued)
        #expect(!gate.arrive(3, of: self.carol).isQueued)
        #expect(gate.takeHeard().isEmpty)
    }

    @Test("A flood cannot lock others out of a long queue")
    func longQueue() throws {
        let gate = Gate(parallel: 1, queue: 10_000_000)
        for request in 0...10_000 { gate.arrive(request, of: self.alice) }
        gate.update(queue: 10_000)
        for request in 100_000..<100_100 { #expect(gate.arrive(request, of: self.bob).isQueued) }
        #expect(gate.takeHeard().count == 100)
        gate.wait(.seconds(1))
        try gate.finish(0)
        #expect(gate.takeHeard() == [.start(100_000, backend: 0)])
    }
}
