// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Loads that do not end")
struct WedgeTests {
    /// One backend that holds two models, has one of them loaded, and has been asked to load another: request 1 for model a.
    private func loading(backends: Int = 1, maxLoaded: Int = 2) -> Gate {
        let gate = Gate(parallel: 2, queue: 100, backends: backends, maxLoaded: maxLoaded)
        for backend in 0..<backends {
            gate.install(["warm", "a", "b"], on: BackendIndex(backend))
            gate.observe(["warm"], on: BackendIndex(backend))
        }
        gate.arrive(1, "a")
        return gate
    }

    private func state(of gate: Gate, _ backend: Int = 0) -> Breaker.State {
        gate.snapshot.fleet.backends[backend].breaker.state
    }

    /// The same, and the load is stuck.
    private func wedged(backends: Int = 1, maxLoaded: Int = 2) -> Gate {
        let gate = self.loading(backends: backends, maxLoaded: maxLoaded)
        gate.wait(.seconds(61))
        gate.observe(["warm"])
        return gate
    }

    @Test("A load is stuck after a minute, and the backend says so")
    func recognised() {
        let gate = self.loading()
        gate.wait(.seconds(60))
        gate.observe(["warm"])
        #expect(self.state(of: gate) == .ok)
        gate.wait(.seconds(1))
        gate.observe(["warm"])
        let reading = gate.snapshot.fleet.backends[0]
        #expect(reading.breaker.state == .wedged && reading.breaker.cause == .stuckLoad && reading.stuckModel == "a")
        #expect(reading.breaker.until == .seconds(60))
    }

    @Test("A load that takes long as a rule has four times as long")
    func longLoads() throws {
        let gate = self.loading(maxLoaded: 1)
        gate.unloaded("warm")
        gate.wait(.seconds(40))
        try gate.answered(1)
        try gate.finish(1)
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        gate.unloaded("a")
        try #require(gate.slots[2] != nil)
        gate.wait(.seconds(160))
        gate.observe([])
        #expect(self.state(of: gate) == .ok)
        gate.wait(.seconds(1))
        gate.observe([])
        #expect(self.state(of: gate) == .wedged)
    }

    @Test("What the backend lists as loaded, or answers with an error, is not stuck")
    func noWedge() throws {
        var gate = self.loading()
        gate.wait(.seconds(61))
        gate.observe(["warm", "a"])
        #expect(self.state(of: gate) == .ok)
        gate = self.wedged()
        try gate.finish(1, .completed(status: 500))
        #expect(self.state(of: gate) == .ok)
        gate = self.wedged()
        gate.observe(["warm", "b"])
        #expect(self.state(of: gate) == .ok, "somebody else has had it load something")
        gate = self.wedged()
        gate.setBackend(0, healthy: false)
        gate.setBackend(0, healthy: true)
        #expect(self.state(of: gate) == .ok, "it was started again")
    }

    @Test("While loads are stuck nothing cold goes there, and what is loaded goes on")
    func goesOn() throws {
        let gate = self.wedged()
        gate.arrive(2, "a")
        gate.arrive(3, "b")
        gate.arrive(4, "warm")
        #expect(gate.slots.keys.sorted() == [1, 4])
        #expect(gate.takeCommands().isEmpty)
        #expect(gate.requests.filter { $0.position > 0 }.map(\.waitsFor?.kind) == [.refused, .refused])
        try gate.answered(1)
        #expect(self.state(of: gate) == .ok)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("What is cold goes to another backend, even the model whose load is stuck")
    func elsewhere() {
        let gate = self.wedged(backends: 2)
        gate.arrive(2, "a")
        gate.arrive(3, "b")
        #expect(gate.slots[2]?.backend == 1)
        #expect(gate.slots[3] == nil, "one load at a time")
        #expect(self.state(of: gate, 1) == .ok)
    }

    @Test("A load is tried now and then, with one request, and what is needed does not go for it")
    func trial() throws {
        let gate = self.wedged()
        try gate.finish(1, .timedOut)
        gate.arrive(2, "b")
        gate.arrive(3, "b")
        #expect(gate.slots.isEmpty)
        #expect(gate.nextDeadline == gate.now + .seconds(60))
        gate.wait(.seconds(60))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        gate.wait(.seconds(61))
        gate.observe(["warm"])
        gate.observe(["warm"])
        #expect(gate.snapshot.fleet.backends[0].breaker.until == .seconds(120), "the pause doubles")
        try gate.finish(2, .timedOut)
        gate.wait(.seconds(120))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
        try gate.answered(3)
        #expect(self.state(of: gate) == .ok)
    }

    @Test("What is needed does not go for a trial")
    func victims() throws {
        let gate = self.loading(maxLoaded: 1)
        #expect(gate.takeCommands() == [.unload("warm", 0)])
        gate.unloaded("warm")
        gate.wait(.seconds(61))
        gate.observe([])
        #expect(self.state(of: gate) == .wedged)
        gate.observe(["warm"])
        try gate.finish(1, .timedOut)
        gate.arrive(2, "warm")
        gate.arrive(3, "a")
        gate.wait(.seconds(600))
        gate.deadlineReached()
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("Clients that leave before anybody knows make up a minute together")
    func impatientClients() throws {
        let gate = self.loading()
        for request in 1...2 {
            gate.wait(.seconds(25))
            try gate.finish(request, .cancelled)
            gate.observe(["warm"])
            gate.arrive(request + 1, "a")
        }
        gate.wait(.seconds(10))
        gate.observe(["warm"])
        #expect(self.state(of: gate) == .ok)
        gate.wait(.seconds(1))
        gate.observe(["warm"])
        #expect(self.state(of: gate) == .wedged)
    }
}
