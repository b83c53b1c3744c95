// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Models without a healthy backend")
struct StrandedModelTests {
    /// Two backends with one slot for a model, of which each has a model of its own, and both have a third one.
    private func gate(observed: Bool = true, maxLoaded: Int = 2) -> Gate {
        let gate = Gate(parallel: 1, queue: 10, backends: 2, maxLoaded: maxLoaded)
        gate.install(["a", "both"], on: 0)
        gate.install(["b", "both"], on: 1)
        if observed {
            gate.observe(["a"], on: 0)
            gate.observe(["b"], on: 1)
        }
        return gate
    }

    @Test("Its requests find out whether its backend is there, and do not wait for it", arguments: [true, false])
    func tried(observed: Bool) throws {
        let gate = self.gate(observed: observed)
        gate.setBackend(0, healthy: false)
        gate.arrive(1, "a")
        #expect(gate.slots[1]?.backend == 0)
        #expect(try gate.backendUnreachable(1) == .noBackend)
        gate.arrive(2, "both")
        #expect(gate.slots[2]?.backend == 1, "another backend has this one")
    }

    @Test("Who waits for its load is tried as soon as its backend turns out to be down")
    func waiters() throws {
        let gate = self.gate(maxLoaded: 1)
        gate.wait(.seconds(1))
        gate.observe(["both"], on: 0)
        gate.arrive(1, "both")
        #expect(gate.slots[1]?.backend == 0)
        gate.arrive(3, "a")
        gate.arrive(4, "a")
        #expect(gate.slots.count == 1)
        gate.setBackend(0, healthy: false)
        #expect(gate.slots[3]?.backend == 0)
        #expect(gate.slots[4] == nil, "its limit holds")
        #expect(try gate.backendUnreachable(3) == .noBackend)
        #expect(gate.slots[4]?.backend == 0)
    }

    @Test("When its backend is back it is served as before")
    func back() throws {
        let gate = self.gate(maxLoaded: 1)
        gate.setBackend(0, healthy: false)
        gate.setBackend(0, healthy: true)
        gate.observe(["both"], on: 0)
        gate.arrive(1, "a")
        #expect(gate.slots[1] == nil, "another model has to go first")
    }

    @Test("A model that is installed elsewhere is no longer without a backend")
    func installed() throws {
        let gate = self.gate()
        gate.setBackend(0, healthy: false)
        gate.install(["a", "b", "both"], on: 1)
        gate.observe(["a", "b"], on: 1)
        gate.arrive(1, "a")
        #expect(gate.slots[1]?.backend == 1)
    }
}
