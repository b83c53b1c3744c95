// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Several backends")
struct BackendTests {
    @Test("A request goes to the backend with the fewest active requests over all models, of equals to the first")
    func fewestActive() throws {
        let gate = Gate(parallel: 2, backends: 3)
        let models: [ModelName] = ["a", "b", "a", "b", "c"]
        for (request, model) in models.enumerated() { gate.arrive(request, model) }
        #expect((0...4).map { gate.slots[$0]?.backend } == [0, 1, 2, 0, 1])
        try gate.finish(2)
        gate.arrive(5, "a")
        #expect(gate.slots[5]?.backend == 2)
        #expect(gate.snapshot.backends.map(\.active) == [2, 2, 1])
    }

    @Test("The parallel limit is per backend")
    func limitPerBackend() throws {
        let gate = Gate(parallel: 1, queue: 5, backends: 2)
        #expect(gate.arrive(1).isStarted)
        #expect(try gate.reading().availableSlots == 1)
        #expect(gate.arrive(2).isStarted)
        #expect(gate.arrive(3).isQueued)
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(3, backend: 1)])
    }

    @Test("An unhealthy backend gets nothing; once it answers again it gets the waiting")
    func health() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.setBackend(0, healthy: false)
        #expect(try #require(gate.arrive(1).isStarted ? gate.slots[1] : nil).backend == 1)
        #expect(gate.arrive(2).isQueued)
        #expect(gate.arrive(3, "qwen3").isStarted)
        #expect(gate.arrive(4, "qwen3").isQueued)
        #expect(try gate.reading().availableSlots == 0)
        gate.setBackend(0, healthy: true)
        #expect(gate.takeHeard() == [.start(2, backend: 0), .start(4, backend: 0)])
        gate.setBackend(0, healthy: true)
        #expect(gate.takeHeard().isEmpty)
    }

    @Test("Requests on a backend that becomes unhealthy continue")
    func runningGoesOn() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.setBackend(0, healthy: false)
        #expect(try gate.reading().active == 1)
        gate.arrive(2)
        gate.arrive(3)
        try gate.finish(1)
        #expect(gate.takeHeard().isEmpty, "its slot is on an unhealthy backend")
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(3, backend: 1)])
        #expect(
            gate.snapshot.backends == [
                BackendSnapshot(isHealthy: false, active: 0, slots: nil),
                BackendSnapshot(isHealthy: true, active: 1, slots: nil),
            ]
        )
    }

    @Test("If no backend is healthy all are usable, so that an attempt decides")
    func noneHealthy() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.setBackend(1, healthy: false)
        gate.arrive(1)
        gate.arrive(2)
        gate.setBackend(0, healthy: false)
        #expect(gate.takeHeard() == [.start(2, backend: 1)])
        #expect(try gate.reading().availableSlots == 0)
        try gate.finish(1)
        #expect(try gate.reading().availableSlots == 1)
    }

    @Test("Retry-After counts the slots of the usable backends")
    func retryAfter() throws {
        let gate = Gate(parallel: 1, queue: 0, backends: 2)
        gate.arrive(1)
        gate.wait(.seconds(10))
        try gate.finish(1)
        gate.arrive(2)
        gate.arrive(3)
        #expect(gate.arrive(4) == .rejected(.queueFull(waiting: 0, retryAfter: 5)))
        gate.setBackend(0, healthy: false)
        #expect(gate.arrive(5) == .rejected(.queueFull(waiting: 0, retryAfter: 10)))
    }
}
