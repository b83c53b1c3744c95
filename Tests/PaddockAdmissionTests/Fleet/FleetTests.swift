// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Fleet")
struct FleetTests {
    private let all: [ModelName] = ["a", "b", "c", "d"]

    /// A backend that holds so many models, of which it has listed some as loaded.
    private func gate(loaded: [ModelName], maxLoaded: Int = 1, parallel: Int = 2) -> Gate {
        let gate = Gate(parallel: parallel, queue: 100, maxLoaded: maxLoaded)
        gate.install(self.all)
        gate.observe(loaded)
        return gate
    }

    @Test("As long as no backend says what it has loaded, every model is as good as loaded")
    func unobserved() {
        let gate = Gate(parallel: 1, queue: 10)
        gate.arrive(1, "a")
        gate.arrive(2, "b")
        #expect(gate.slots.count == 2)
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("Who is rejected because of a queue for a load is told to wait for the load, too")
    func retryAfterLoad() throws {
        let gate = Gate(parallel: 1, queue: 1, maxLoaded: 1)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        guard case .rejected(.queueFull(_, let retryAfter)) = gate.arrive(3, "b") else {
            Issue.record("it was not rejected")
            return
        }
        // What is left of the active request, and two seconds for a load of a GiB.
        #expect(retryAfter == 3)
    }

    @Test("A model is loaded at once if there is room")
    func room() {
        let gate = self.gate(loaded: [])
        gate.arrive(1, "a")
        gate.arrive(2, "a")
        gate.arrive(3, "a")
        #expect(gate.slots.keys.sorted() == [1, 2], "the limit holds while it is being loaded")
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("A model that has to go is drained and unloaded before the other one is asked for")
    func swap() throws {
        let gate = self.gate(loaded: ["a"])
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        #expect(gate.slots.keys.sorted() == [1])
        gate.arrive(3, "a")
        #expect(gate.slots.keys.sorted() == [1], "nobody new begins on a model that is to go")
        #expect(gate.takeCommands().isEmpty, "it still has a request")
        try gate.finish(1)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        #expect(gate.takeHeard().isEmpty, "nothing is asked for until it is gone")
        gate.unloaded("a")
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        #expect(gate.slots[2]?.rule == .swap)
    }

    @Test("A visit lasts a few load times as long as anything waits, and then until its gate")
    func visit() throws {
        let gate = self.gate(loaded: [])
        gate.arrive(1, "a")
        gate.wait(.seconds(2))
        try gate.answered(1)
        gate.arrive(2, "b")
        gate.arrive(3, "a")
        #expect(gate.slots.keys.sorted() == [1, 3], "the visit of a has just begun")
        try gate.finish(1)
        gate.arrive(4, "a")
        #expect(gate.slots.keys.sorted() == [3, 4])
        gate.wait(.seconds(60))
        gate.arrive(5, "a")
        #expect(gate.slots.keys.sorted() == [3, 4], "it is over, and 5 came behind its gate")
        try gate.finish(3)
        try gate.finish(4)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test(
        "An idle model is kept for a moment if its clients are likely to be back, then it goes without any event but the time"
    )
    func patience() throws {
        let gate = self.gate(loaded: [])
        var request = 0
        for _ in 0..<2 {
            request += 1
            gate.arrive(request, "a")
            gate.wait(.seconds(1))
            try gate.answered(request)
            try gate.finish(request)
            gate.wait(.milliseconds(100))
        }
        // Loaded a second ago, in place of nothing: its visit is young.
        gate.arrive(100, "b")
        let look = try #require(gate.nextDeadline)
        #expect(look > gate.now)
        gate.wait(.seconds(60))
        gate.deadlineReached()
        #expect(gate.takeCommands() == [.unload("a", 0)])
    }

    @Test("A request that no longer waits takes its plan with it")
    func planDropped() throws {
        let gate = self.gate(loaded: ["a"])
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        gate.arrive(3, "a")
        #expect(gate.slots.keys.sorted() == [1])
        try gate.cancel(2)
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
        try gate.finish(1)
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("If nothing may wait nothing waits for a load: the backend decides what it loads")
    func nothingWaits() {
        let gate = Gate(parallel: 1, queue: 0, maxLoaded: 1)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "b")
        #expect(gate.slots.keys.sorted() == [1])
    }

    @Test("What no backend has is sent on at once, so that the backend says so")
    func unknown() {
        let gate = self.gate(loaded: ["a"])
        gate.arrive(1, "a")
        gate.arrive(2, "nobody-has-it")
        #expect(gate.slots.keys.sorted() == [1, 2])
    }

    @Test("Several backends: warm first, and a model goes where it is installed")
    func placement() {
        let gate = Gate(parallel: 2, queue: 10, backends: 2, maxLoaded: 1)
        gate.install(["a", "b"], on: 0)
        gate.install(["a", "c"], on: 1)
        gate.observe(["b"], on: 0)
        gate.observe(["a"], on: 1)
        for request in 1...2 { gate.arrive(request, "a") }
        #expect(gate.slots.values.map(\.backend) == [1, 1], "a is loaded there, although the other one is idle")
        gate.arrive(3, "c")
        #expect(gate.slots[3] == nil, "only the second backend has it, and that one is in use")
    }

    @Test(
        "Options that make the backend load a model anew are runners of their own; a request without any takes what is there"
    )
    func options() throws {
        let gate = self.gate(loaded: [])
        func arrive(_ request: Int, _ contextLength: Int32?) {
            var arriving = gate.arriving(
                request,
                "a",
                of: Client(name: "somebody"),
                .interactive,
                streams: false,
                within: nil,
                patience: nil
            )
            arriving.options[.contextLength] = contextLength
            gate.arrive(request, arriving)
        }
        arrive(1, 4_096)
        gate.wait(.seconds(1))
        try gate.answered(1)
        arrive(2, nil)
        #expect(gate.slots.keys.sorted() == [1, 2])
        arrive(3, 8_192)
        #expect(gate.slots.keys.sorted() == [1, 2])
        gate.wait(.seconds(100))
        try gate.finish(1)
        try gate.finish(2)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
    }

    @Test("A backend that does not say any more what it has loaded is used as if it had everything")
    func silentBackend() {
        let gate = self.gate(loaded: ["a"])
        gate.arrive(1, "a")
        gate.arrive(2, "b")
        for _ in 1...3 { gate.observationFailed() }
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
    }

    @Test("A load whose request fails is no load: the next request loads the model")
    func failedLoad() throws {
        let gate = self.gate(loaded: [])
        gate.arrive(1, "a")
        try gate.finish(1, .completed(status: 500))
        gate.arrive(2, "b")
        #expect(gate.slots.keys.sorted() == [2])
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("A pinned model is loaded at the start, in place of what is idle, and never gives way")
    func pinned() throws {
        var policy = AdmissionPolicy()
        policy.fleet.placements = ["a": PlacementRule(isPinned: true)]
        let gate = Gate(parallel: 2, queue: 10, policy: policy, named: ["a": LimitOverrides()], maxLoaded: 1)
        gate.install(self.all)
        gate.observe(["b"])
        #expect(gate.takeCommands() == [.unload("b", 0)])
        gate.unloaded("b")
        #expect(gate.takeCommands() == [.load("a", 0)])
        gate.arrive(1, "a")
        #expect(gate.slots.keys.sorted() == [1], "whoever comes meanwhile waits there")
        gate.preloaded("a")
        try gate.finish(1)
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        #expect(gate.slots.isEmpty)
        #expect(gate.takeCommands().isEmpty, "there is no room beside what is pinned")
    }

    // MARK: - Backends that fail

    @Test(
        "A backend that refuses a request rests, and the request goes to another one; if all refuse, the client sees it"
    )
    func refusals() throws {
        let gate = Gate(parallel: 2, queue: 10, backends: 2)
        gate.arrive(1)
        let first = try #require(gate.slots[1]).backend
        guard case .start(let slot)? = try gate.refuse(1) else {
            Issue.record("the other backend is free")
            return
        }
        #expect(slot.backend != first)
        for request in 2...3 { gate.arrive(request) }
        #expect(gate.slots.values.filter { $0.backend == first }.count <= 1, "one trial at most")
        #expect(try gate.refuse(1) == nil)
    }

    @Test("A backend whose requests fail gets no more of them but one trial now and then")
    func breaker() throws {
        let gate = Gate(parallel: 8, queue: 100, backends: 2)
        var failed = 0
        for request in 1...100 {
            gate.arrive(request)
            gate.wait(.milliseconds(100))
            let isBad = try #require(gate.slots[request]).backend == 0
            failed += isBad ? 1 : 0
            try gate.finish(request, .completed(status: isBad ? 500 : 200))
        }
        #expect(failed <= 5)
    }

    @Test("A backend may be silent for four times what hardly any first byte takes, and a load")
    func silence() throws {
        let gate = Gate(parallel: 1, queue: 10, backends: 2)
        for request in 1...8 {
            gate.arrive(request, streams: true)
            let firstByte = Nanoseconds.seconds(request > 6 ? 20 : 1)
            gate.wait(firstByte)
            try gate.finish(request, firstByte: firstByte, isStream: true)
        }
        gate.arrive(9)
        gate.arrive(10)
        let silent = try #require(gate.slots[9]).backend.value
        gate.wait(.seconds(84))
        try gate.answered(10)
        gate.deadlineReached()
        #expect(gate.snapshot.fleet.backends[silent].breaker.state == .ok)
        gate.wait(.seconds(2))
        gate.deadlineReached()
        #expect(gate.snapshot.fleet.backends[silent].breaker.state == .suspect)
    }

    @Test("The last backend is used, however it does")
    func lastBackend() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...20 {
            gate.arrive(request)
            try gate.finish(request, .completed(status: 500))
        }
        gate.arrive(21)
        #expect(gate.slots[21] != nil)
    }
}
