// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

/// Loads beside others of which it is not known that they fit together.
@Suite("Trials of what fits")
struct FleetTrialTests {
    private let all: [ModelName] = ["a", "b", "c", "d"]

    @Test(
        "Whether two models fit together is found out by one load beside the other, and nobody uses the other meanwhile"
    )
    func trial() throws {
        let gate = Gate(parallel: 2, queue: 10)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "b")
        #expect(gate.slots.keys.sorted() == [1])
        gate.arrive(2, "a")
        #expect(gate.slots.keys.sorted() == [1], "it may be gone by now")
        gate.wait(.seconds(3))
        try gate.answered(1)
        #expect(gate.takeCommands() == [.look(0)])
        gate.wait(.milliseconds(1))
        gate.observe(["a", "b"])
        #expect(gate.takeHeard() == [.start(2, backend: 0)], "it is still there")
    }

    @Test("If one was evicted by the load of the other, both are not loaded together again")
    func disproof() throws {
        let gate = Gate(parallel: 2, queue: 10)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "b")
        gate.wait(.seconds(3))
        try gate.answered(1)
        gate.wait(.milliseconds(1))
        gate.observe(["b"])
        _ = gate.takeCommands()
        try gate.finish(1)
        gate.wait(.seconds(60))
        gate.arrive(2, "a")
        #expect(gate.takeCommands() == [.unload("b", 0)])
    }

    @Test("Nothing is tried beside a model that has requests, as that could be evicted under them")
    func busy() throws {
        let gate = Gate(parallel: 2, queue: 10)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "a")
        gate.arrive(2, "b")
        #expect(gate.slots.keys.sorted() == [1])
        try gate.finish(1)
        gate.unloaded("a")
        #expect(gate.slots.keys.sorted() == [2])
    }

    @Test("What nobody may use during a trial is not loaded elsewhere, unless the trial takes too long")
    func closed() throws {
        let gate = Gate(parallel: 2, queue: 10, backends: 2)
        gate.install(["a", "b"], on: 0)
        gate.install(["a"], on: 1)
        gate.observe(["a"], on: 0)
        gate.observe([], on: 1)
        gate.arrive(1, "b")
        gate.arrive(2, "a")
        #expect(gate.slots.keys.sorted() == [1], "a is there again before it could be loaded on the other backend")
        gate.wait(.seconds(600))
        gate.arrive(3, "a")
        #expect(gate.slots.values.map(\.backend).sorted() == [0, 1, 1])
    }

    @Test("Of backends that cost the same the one is next on which a request started longest ago")
    func turns() throws {
        let gate = Gate(parallel: 2, queue: 10, backends: 2, maxLoaded: 2)
        for backend in [BackendIndex(0), 1] {
            gate.install(self.all, on: backend)
            gate.observe([], on: backend)
        }
        var backends: [BackendIndex] = []
        for (request, model) in self.all.enumerated() {
            gate.arrive(request, model)
            backends.append(try #require(gate.slots[request]).backend)
            gate.wait(.seconds(1))
            try gate.answered(request)
            try gate.finish(request)
        }
        #expect(backends == [0, 1, 0, 1])
    }

    @Test("A copy is not tried beside a model that is in use")
    func copy() throws {
        let gate = Gate(parallel: 1, queue: 1_000, backends: 2)
        for backend in [BackendIndex(0), 1] { gate.install(self.all, on: backend) }
        gate.observe(["a"], on: 0)
        gate.observe(["b"], on: 1)
        gate.arrive(0, "b")
        for request in 1...100 { gate.arrive(request, "a") }
        #expect(gate.slots.keys.sorted() == [0, 1])
        gate.wait(.seconds(60))
        try gate.finish(1)
        gate.wait(.seconds(60))
        try gate.finish(2)
        #expect(gate.slots.keys.sorted() == [0, 3], "nobody waits for b, but it is in use")
        try gate.finish(0)
        #expect(gate.slots.values.map(\.backend).sorted() == [0, 1])
    }
}
