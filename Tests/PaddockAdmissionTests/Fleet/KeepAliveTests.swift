// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("How long models stay loaded")
struct KeepAliveTests {
    /// A backend that holds one model.
    private func gate(loaded: [ModelName] = [], parallel: Int = 2) -> Gate {
        let gate = Gate(parallel: parallel, queue: 100, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe(loaded)
        return gate
    }

    private func arrive(
        _ gate: Gate,
        _ request: Int,
        _ model: ModelName,
        keepAlive: Nanoseconds?,
        isLoad: Bool = false,
        isUnload: Bool = false
    ) {
        let client = Client(name: "somebody")
        var arriving = gate.arriving(
            request,
            model,
            of: client,
            .interactive,
            streams: false,
            within: nil,
            patience: nil
        )
        arriving.keepAlive = keepAlive
        arriving.isLoad = isLoad
        arriving.isUnload = isUnload
        gate.arrive(request, arriving)
    }

    private func residents(_ gate: Gate) -> [String] {
        gate.snapshot.fleet.backends[0].residents.map { "\($0.name) \($0.phase.name)" }
    }

    // MARK: - keep_alive

    @Test("A model is not loaded any more once a request with keep_alive 0 has ended")
    func zero() throws {
        let gate = self.gate(loaded: ["a"])
        self.arrive(gate, 1, "a", keepAlive: .zero)
        gate.wait(.seconds(1))
        #expect(self.residents(gate) == ["a loaded"])
        try gate.finish(1)
        #expect(self.residents(gate) == [])
        gate.arrive(2, "b")
        #expect(gate.slots[2] != nil && gate.takeCommands().isEmpty, "there is nothing to unload")
        #expect(self.residents(gate) == ["b loading"])
    }

    @Test("What the request says that was sent last counts, and only when nothing is active")
    func last() throws {
        let gate = self.gate(loaded: ["a"])
        self.arrive(gate, 1, "a", keepAlive: .seconds(300))
        gate.wait(.seconds(1))
        self.arrive(gate, 2, "a", keepAlive: .zero)
        gate.wait(.seconds(1))
        try gate.finish(2)
        #expect(self.residents(gate) == ["a loaded"], "one is still active")
        try gate.finish(1)
        #expect(self.residents(gate) == [])
    }

    @Test("A request that says nothing leaves it at what was said", arguments: [Nanoseconds.zero, .seconds(60)])
    func silent(keepAlive: Nanoseconds) throws {
        let gate = self.gate(loaded: ["a"])
        self.arrive(gate, 1, "a", keepAlive: keepAlive)
        gate.arrive(2, "a")
        try gate.finish(1)
        gate.wait(.seconds(1))
        try gate.finish(2)
        gate.wait(.seconds(60))
        gate.deadlineReached()
        #expect(self.residents(gate) == [])
    }

    @Test("A request that was answered with an error, or not at all, says nothing")
    func errors() throws {
        for outcome in [Outcome.completed(status: 400), .completed(status: 500), .failed, .cancelled] {
            let gate = self.gate(loaded: ["a"])
            self.arrive(gate, 1, "a", keepAlive: .zero)
            try gate.finish(1, outcome)
            #expect(self.residents(gate) == ["a loaded"], "\(outcome)")
        }
    }

    @Test("After keep_alive a model is cold, without a further answer of the backend")
    func later() throws {
        let gate = self.gate(loaded: ["a"])
        self.arrive(gate, 1, "a", keepAlive: .seconds(60))
        gate.wait(.seconds(10))
        try gate.finish(1)
        #expect(gate.nextDeadline == gate.now + .seconds(60))
        gate.wait(.seconds(59))
        gate.deadlineReached()
        #expect(self.residents(gate) == ["a loaded"] && gate.takeCommands().isEmpty)
        #expect(gate.nextDeadline == gate.now + .seconds(1))
        gate.wait(.seconds(1))
        gate.deadlineReached()
        #expect(self.residents(gate) == [])
        #expect(gate.takeCommands() == [.look(0)], "others may have used it")
    }

    @Test(
        "However long keep_alive is, nothing overflows",
        arguments: [Nanoseconds(.max), Nanoseconds(.max - 1), .seconds(1 << 33)]
    )
    func longest(keepAlive: Nanoseconds) throws {
        let gate = self.gate(loaded: ["a"])
        gate.wait(.seconds(1_000_000))
        self.arrive(gate, 1, "a", keepAlive: keepAlive)
        try gate.finish(1)
        gate.wait(.seconds(1_000_000))
        gate.deadlineReached()
        #expect(self.residents(gate) == ["a loaded"])
    }

    // MARK: - What the backend says

    @Test("A model is cold at the instant that the backend named, even before any timer")
    func expiry() {
        let gate = self.gate()
        gate.list([LoadedModel(name: "a", expiresAt: .seconds(30))])
        gate.wait(.seconds(29))
        gate.arrive(1, "b")
        #expect(gate.takeCommands() == [.unload("a", 0)])
        let other = self.gate()
        other.list([LoadedModel(name: "a", expiresAt: .seconds(30))])
        #expect(other.nextDeadline == .seconds(30))
        other.wait(.seconds(30))
        other.arrive(1, "b")
        #expect(other.slots[1] != nil && other.takeCommands() == [.look(0)])
    }

    @Test("What is in use does not run out")
    func inUse() throws {
        let gate = self.gate()
        gate.list([LoadedModel(name: "a", expiresAt: .seconds(30))])
        gate.wait(.seconds(20))
        gate.arrive(1, "a")
        gate.wait(.seconds(100))
        gate.deadlineReached()
        #expect(self.residents(gate) == ["a loaded"])
        gate.list([LoadedModel(name: "a", expiresAt: .seconds(125))])
        gate.wait(.seconds(10))
        gate.deadlineReached()
        #expect(self.residents(gate) == ["a loaded"] && gate.takeCommands().isEmpty)
        try gate.finish(1)
        gate.wait(.seconds(100))
        gate.deadlineReached()
        #expect(self.residents(gate) == ["a loaded"], "since then the backend has not said until when")
    }

    @Test("That a model runs out while it is tried whether two fit proves nothing")
    func duringTrial() throws {
        let gate = Gate(parallel: 2, queue: 10)
        gate.install(["a", "b"])
        gate.list([LoadedModel(name: "a", expiresAt: .seconds(2))])
        gate.arrive(1, "b")
        gate.wait(.seconds(3))
        try gate.answered(1)
        gate.observe(["b"])
        try gate.finish(1)
        gate.wait(.seconds(1))
        gate.observe(["a", "b"])
        gate.observe(["b"])
        gate.arrive(2, "a")
        #expect(gate.slots[2] != nil, "both fit, as they were seen together")
    }

    // MARK: - Requests that run nothing

    @Test("An unload request of a model that is not loaded loads nothing and lets nobody give way")
    func unloadOfCold() throws {
        let gate = self.gate(loaded: ["a"])
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        self.arrive(gate, 2, "b", keepAlive: .zero, isLoad: true, isUnload: true)
        #expect(gate.slots[2] != nil)
        #expect(self.residents(gate) == ["a loaded"])
        gate.arrive(3, "a")
        #expect(gate.slots[3] != nil, "a serves on")
        try gate.finish(2)
        #expect(self.residents(gate) == ["a loaded"] && gate.takeCommands().isEmpty)
    }

    @Test("A load request loads as any other does")
    func load() throws {
        let gate = self.gate(loaded: ["a"])
        gate.wait(.seconds(600))
        self.arrive(gate, 1, "b", keepAlive: .seconds(60), isLoad: true)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(self.residents(gate) == ["b loading"])
        gate.wait(.seconds(3))
        try gate.finish(1)
        #expect(self.residents(gate) == ["b loaded"])
    }

    @Test("Requests that run nothing say nothing of how long requests take")
    func loadTimes() throws {
        let gate = self.gate(loaded: ["a"])
        for request in 1...20 {
            self.arrive(gate, request, "a", keepAlive: nil, isLoad: true)
            gate.wait(.milliseconds(1))
            try gate.finish(request)
        }
        let model = try #require(gate.machine.models.index(of: "a"))
        #expect(gate.machine.fleet[model].typical == 1_000_000_000, "as of a model that nobody has measured")
    }

    @Test("A model that a client has had unloaded is gone, or goes with its last request")
    func unloadedForClient() throws {
        let gate = self.gate(loaded: ["a"])
        gate.unloadedForClient("a")
        #expect(self.residents(gate) == [])
        gate.observe(["a"])
        gate.arrive(1, "a")
        gate.unloadedForClient("a")
        gate.unloadedForClient("b")
        gate.unloadedForClient("nobody-has-it")
        #expect(self.residents(gate) == ["a loaded"])
        try gate.finish(1)
        #expect(self.residents(gate) == [])
    }
}
