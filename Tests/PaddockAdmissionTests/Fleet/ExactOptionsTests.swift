// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Requests that name no options")
struct ExactOptionsTests {
    /// A backend that holds one model, and has loaded it for a request that named a context length.
    private func gate() throws -> Gate {
        let gate = Gate(parallel: 2, queue: 100, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe([])
        self.arrive(gate, 1, 8_192)
        gate.wait(.seconds(4))
        try gate.answered(1)
        try gate.finish(1)
        gate.wait(.seconds(1))
        return gate
    }

    private func arrive(_ gate: Gate, _ request: Int, _ contextLength: Int32?) {
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

    private func list(_ gate: Gate, _ contextLength: Int64?) {
        gate.wait(.milliseconds(10))
        gate.list([LoadedModel(name: "a", contextLength: contextLength)])
        gate.wait(.milliseconds(10))
    }

    /// A request without options is served at once, by what was loaded with some; its reply says how long it waited for its runner.
    private func serve(_ gate: Gate, _ request: Int, load: Nanoseconds) throws {
        self.arrive(gate, request, nil)
        gate.wait(.seconds(5))
        var durations = ReplyDurations()
        durations.total = .seconds(5)
        durations.load = load
        durations.eval = .milliseconds(100)
        try gate.finish(request, saying: durations)
        gate.wait(.milliseconds(10))
    }

    private func isExact(_ gate: Gate) -> Bool { gate.snapshot.fleet.backends[0].isExact }

    @Test("They fit whatever is loaded, as long as nothing else was seen")
    func any() throws {
        let gate = try self.gate()
        self.list(gate, 8_192)
        for request in 2...9 {
            try self.serve(gate, request, load: .milliseconds(30))
            self.list(gate, 8_192)
        }
        #expect(!self.isExact(gate) && gate.takeCommands().isEmpty)
    }

    @Test(
        "A backend that lists another context length after one of them loads anew for them: from then on they need their own runner"
    )
    func context() throws {
        let gate = try self.gate()
        self.list(gate, 8_192)
        try self.serve(gate, 2, load: .zero)
        self.list(gate, 4_096)
        #expect(self.isExact(gate))
        self.arrive(gate, 3, nil)
        #expect(gate.slots[3] != nil, "that is what is loaded now")
        try gate.finish(3)
        gate.wait(.seconds(600))
        self.arrive(gate, 4, 8_192)
        #expect(gate.slots[4] == nil && gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(gate.slots[4] != nil)
        try gate.finish(4)
        gate.wait(.seconds(600))
        self.arrive(gate, 5, nil)
        #expect(gate.slots[5] == nil && gate.takeCommands() == [.unload("a", 0)], "and what has options is not theirs")
    }

    @Test("Two of them that took as long as a load show the same, one does not, as others may have unloaded the model")
    func loads() throws {
        let gate = try self.gate()
        try self.serve(gate, 2, load: .seconds(4))
        #expect(!self.isExact(gate))
        #expect(gate.takeCommands() == [.look(0)], "the context length may show it at once")
        try self.serve(gate, 3, load: .seconds(4))
        #expect(self.isExact(gate))
    }

    @Test("Requests that waited for one and the same load count once")
    func together() throws {
        let gate = try self.gate()
        self.arrive(gate, 2, nil)
        self.arrive(gate, 3, nil)
        gate.wait(.seconds(5))
        var durations = ReplyDurations()
        durations.total = .seconds(5)
        durations.load = .seconds(4)
        try gate.finish(2, saying: durations)
        gate.wait(.milliseconds(1))
        try gate.finish(3, saying: durations)
        #expect(!self.isExact(gate))
    }

    @Test(
        "A load that cannot have been, or that is short, shows nothing",
        arguments: [Nanoseconds(.max), .seconds(60), .milliseconds(90)]
    )
    func otherLoads(load: Nanoseconds) throws {
        let gate = try self.gate()
        for request in 2...9 { try self.serve(gate, request, load: load) }
        #expect(!self.isExact(gate))
    }

    @Test("If nobody asked without options, somebody else had it loaded anew, with options that are not known")
    func foreign() throws {
        let gate = try self.gate()
        self.list(gate, 8_192)
        self.list(gate, 4_096)
        #expect(!self.isExact(gate))
        gate.wait(.seconds(600))
        self.arrive(gate, 2, 8_192)
        #expect(gate.slots[2] == nil, "it has to be loaded")
    }

    @Test("What was seen of a backend stays, until it is removed and comes back")
    func stays() throws {
        let gate = Gate(parallel: 2, queue: 100, backends: 2, maxLoaded: 1)
        gate.install(["a"])
        gate.install(["b"], on: 1)
        for backend in [BackendIndex(0), 1] { gate.observe([], on: backend) }
        self.arrive(gate, 1, 8_192)
        gate.wait(.seconds(4))
        try gate.answered(1)
        try gate.finish(1)
        self.list(gate, 8_192)
        try self.serve(gate, 2, load: .zero)
        self.list(gate, 4_096)
        for length in [8_192, 4_096, 8_192] as [Int64] {
            try self.serve(gate, 3, load: .zero)
            self.list(gate, length)
        }
        #expect(self.isExact(gate))
        #expect(gate.closeBackend(0, isRemoved: true))
        gate.openBackend(0)
        #expect(!self.isExact(gate))
    }

    @Test("A pinned model is loaded with other options, as it stays loaded")
    func pinned() throws {
        var policy = AdmissionPolicy()
        policy.fleet.placements["a"] = PlacementRule(isPinned: true)
        let gate = Gate(parallel: 2, queue: 100, policy: policy, maxLoaded: 1)
        gate.install(["a"])
        gate.observe(["a"])
        gate.wait(.seconds(600))
        self.arrive(gate, 1, 8_192)
        #expect(gate.takeCommands() == [.unload("a", 0)])
        gate.unloaded("a")
        #expect(gate.slots[1] != nil)
    }
}
