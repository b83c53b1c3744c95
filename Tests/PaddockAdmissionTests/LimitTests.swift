// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Changing limits")
struct LimitTests {
    @Test("A higher limit starts waiting requests at once")
    func raising() throws {
        let gate = Gate(parallel: 1)
        for request in 1...4 { gate.arrive(request) }
        #expect(gate.update(parallel: 3) == Limits(parallel: 3, queue: 10))
        #expect(gate.takeHeard() == [.start(2, backend: 0), .start(3, backend: 0)])
        #expect(try gate.reading().queued == 1)
    }

    @Test("A lower limit lets running requests finish and starts none until there is room")
    func lowering() throws {
        let gate = Gate(parallel: 3)
        for request in 1...5 { gate.arrive(request) }
        gate.update(parallel: 1)
        let reading = try gate.reading()
        #expect(reading.active == 3)
        #expect(reading.availableSlots == 0)
        try gate.finish(1)
        try gate.finish(2)
        #expect(gate.takeHeard().isEmpty)
        try gate.finish(3)
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
    }

    @Test("A shorter queue drops no waiting request")
    func shorterQueue() throws {
        let gate = Gate(parallel: 1, queue: 3)
        for request in 1...4 { gate.arrive(request) }
        #expect(gate.update(queue: 1) == Limits(parallel: 1, queue: 1))
        let reading = try gate.reading()
        #expect(reading.queued == 3)
        #expect(reading.queueAvailable == 0)
        try gate.finish(1)
        #expect(gate.arrive(5) == .rejected(.queueFull(waiting: 2, retryAfter: 1)))
        try gate.finish(2)
        try gate.finish(3)
        #expect(gate.arrive(6).isQueued)
    }

    @Test("Limits can be set before the model is seen, and then stay")
    func beforeFirstUse() throws {
        let gate = Gate(parallel: 1, queue: 10, unnamedLimit: 0)
        #expect(gate.update("qwen3", queue: 0) == Limits(parallel: 1, queue: 0))
        #expect(try gate.reading("qwen3").totals.requests == 0)
        #expect(gate.arrive(1, "qwen3").isStarted)
        #expect(gate.arrive(2, "qwen3") == .rejected(.queueFull(waiting: 0, retryAfter: 1)))
        try gate.finish(1, .completed(status: 404))
        #expect(try gate.reading("qwen3").limits == Limits(parallel: 1, queue: 0))
    }

    @Test("The config gives a model one or both limits; the other is the default")
    func configured() throws {
        let gate = Gate(
            parallel: 2,
            queue: 20,
            named: ["a": LimitOverrides(parallel: 5), "b": LimitOverrides(queue: 0), "c": LimitOverrides()]
        )
        #expect(try gate.reading("a").limits == Limits(parallel: 5, queue: 20))
        #expect(try gate.reading("b").limits == Limits(parallel: 2, queue: 0))
        #expect(try gate.reading("c").limits == Limits(parallel: 2, queue: 20))
        #expect(gate.snapshot.defaults == Limits(parallel: 2, queue: 20))
    }

    @Test("The largest limits there are do no harm")
    func hugeLimits() throws {
        let gate = Gate(parallel: .max, queue: .max, backends: 2)
        gate.arrive(1)
        let reading = try gate.reading()
        #expect(reading.availableSlots == .max)
        #expect(reading.queueAvailable == .max)
        #expect(gate.rejectForMemory() == .queueFull(waiting: 0, retryAfter: 1))
    }
}
