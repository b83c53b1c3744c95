// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Backends that come and go")
struct JoiningBackendTests {
    @Test("One that joins gets nothing before it is open, and then those that wait, of every model")
    func joins() throws {
        let gate = Gate(parallel: 1)
        for (request, model) in ["a", "a", "b", "b"].enumerated() {
            gate.arrive(request, try #require(ModelName(model)))
        }
        let backend = gate.addBackend()
        #expect(backend == 1 && gate.takeHeard().isEmpty)
        #expect(gate.snapshot.backends.map(\.isListed) == [true, false])
        gate.openBackend(backend)
        #expect(gate.takeHeard() == [.start(1, backend: 1), .start(3, backend: 1)])
        #expect(gate.snapshot.backends.map(\.active) == [2, 2])
        // The counts of the models that were there before are still theirs.
        for request in 0...3 { try gate.finish(request) }
        #expect(gate.snapshot.backends.map(\.active) == [0, 0])
        gate.arrive(4, "c")
        gate.arrive(5, "c")
        #expect(gate.snapshot.backends.map(\.active) == [1, 1])
    }

    @Test("A limit on all models of one that joins holds")
    func slots() throws {
        let gate = Gate(parallel: 4)
        let backend = gate.addBackend(slots: 1)
        gate.openBackend(backend)
        _ = gate.closeBackend(0)
        gate.arrive(1, "a")
        #expect(gate.arrive(2, "b").isQueued)
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(2, backend: 1)])
    }

    @Test("One that is drained gets nothing more and lets what it has end; opened again it gets requests")
    func drains() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.arrive(2)
        gate.arrive(3)
        #expect(gate.closeBackend(0))
        #expect(try gate.reading().active == 2)
        try gate.finish(1)
        #expect(gate.takeHeard().isEmpty)
        #expect(gate.machine.usableBackends == [1] && gate.machine.backendForPassThrough == 1)
        gate.openBackend(0)
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
    }

    @Test("One that is removed is shown until its last request has ended, and comes back to the same index")
    func removed() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        #expect(gate.closeBackend(0, isRemoved: true))
        #expect(gate.snapshot.backends.map(\.isListed) == [true, true])
        try gate.finish(1)
        #expect(gate.snapshot.backends.map(\.isListed) == [false, true])
        #expect(gate.addBackend() == 2)
        gate.openBackend(0)
        #expect(gate.snapshot.backends.map(\.standing) == [.open, .open, .joining])
    }

    @Test("The last one that is open stays")
    func last() {
        let gate = Gate(backends: 2)
        #expect(gate.closeBackend(1))
        #expect(!gate.closeBackend(0) && !gate.closeBackend(0, isRemoved: true))
        // One that gets nothing may change its mind.
        #expect(gate.closeBackend(1, isRemoved: true))
        #expect(gate.snapshot.backends.map(\.standing) == [.open, .removed])
    }

    @Test("One that is closed helps nobody by being healthy")
    func health() {
        let gate = Gate(parallel: 1, backends: 2)
        _ = gate.closeBackend(1)
        gate.setBackend(0, healthy: false)
        #expect(gate.arrive(1).isStarted)
        #expect(gate.slots[1]?.backend == 0)
    }
}
