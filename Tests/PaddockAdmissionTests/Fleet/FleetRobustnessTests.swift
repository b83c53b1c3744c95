// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Fleet, what must not happen")
struct FleetRobustnessTests {
    private let all: [ModelName] = ["a", "b", "c", "d"]

    private func arrive(_ gate: Gate, _ request: Int, _ model: ModelName, contextLength: Int32) {
        var arriving = gate.arriving(
            request,
            model,
            of: Client(name: "somebody"),
            .interactive,
            streams: false,
            within: nil,
            patience: nil
        )
        arriving.options[.contextLength] = contextLength
        gate.arrive(request, arriving)
    }

    @Test("A look that is not wanted any more is not asked for again")
    func lookAgain() throws {
        let gate = Gate(parallel: 1, queue: 10, maxLoaded: 1)
        gate.install(self.all)
        gate.observe([])
        gate.arrive(1, "a")
        gate.wait(.seconds(1))
        try gate.answered(1)
        gate.arrive(2, "b")
        let look = try #require(gate.nextDeadline)
        try gate.cancel(2)
        gate.wait(look - gate.now)
        gate.deadlineReached()
        #expect(gate.nextDeadline == nil)
    }

    @Test("A newcomer whose turn comes at once, and that would be gone before its first byte, is rejected")
    func newcomerGivenUp() throws {
        var policy = AdmissionPolicy()
        policy.batchSlots = 1
        let gate = Gate(parallel: 2, queue: 10, policy: policy, maxLoaded: 1)
        gate.install(self.all)
        gate.observe([])
        gate.arrive(1, "a")
        gate.wait(.seconds(100))
        try gate.answered(1)
        try gate.finish(1)
        // First bytes take 1 or 9 seconds.
        for request in 2...21 {
            gate.arrive(request, "a")
            gate.wait(.seconds(10))
            try gate.finish(request, firstByte: .seconds(request % 2 == 0 ? 1 : 9))
        }
        gate.arrive(22, "a", of: Client(name: "c"), .batch)
        gate.arrive(23, "a", of: Client(name: "c"), .batch)
        gate.arrive(24, "b")
        #expect(gate.slots.keys.sorted() == [22], "batch has one slot, and the visit of a is young")
        let arrival = gate.arrive(25, "a", of: Client(name: "d"), patience: .seconds(5))
        guard case .rejected(.wouldTimeOut) = arrival else {
            Issue.record("\(arrival)")
            return
        }
        #expect(gate.takeHeard().isEmpty, "it was told already")
    }

    @Test("Time from before a backend said what it has loaded is charged to nobody")
    func machineTimeOfUnobserved() throws {
        let gate = Gate(parallel: 2, queue: 10, maxLoaded: 1)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "a", of: Client(name: "x"))
        gate.arrive(2, "b", of: Client(name: "y"))
        gate.wait(.seconds(1_000))
        for _ in 1...3 { gate.observationFailed() }
        try gate.finish(1)
        gate.arrive(3, "a", of: Client(name: "x"))
        gate.wait(.seconds(1))
        let before = gate.machine.fleet.ledger.accounts.service(of: "x", .interactive)
        gate.observe(["a"])
        try gate.finish(3)
        let after = gate.machine.fleet.ledger.accounts.service(of: "x", .interactive)
        #expect(before != nil && before == after)
    }

    @Test("A try that failed for another reason does not say that models do not fit together")
    func failedTrial() throws {
        let gate = Gate(parallel: 2, queue: 10)
        gate.install(self.all)
        gate.observe(["a"])
        gate.arrive(1, "b")
        gate.wait(.seconds(3))
        try gate.finish(1, .completed(status: 500))
        gate.wait(.seconds(1))
        gate.observe(["a"])
        gate.arrive(2, "b")
        #expect(gate.slots[2] != nil, "it may be tried again")
        #expect(gate.takeCommands().isEmpty)
    }

    @Test("A model in the cloud that no backend lists is sent on, so that the backend says what it thinks of it")
    func unlistedCloudModel() {
        let gate = Gate(parallel: 1, queue: 10, backends: 2)
        for backend in [BackendIndex(0), 1] {
            gate.install(["a"], on: backend)
            gate.observe([], on: backend)
        }
        gate.arrive(1, "big:cloud")
        #expect(gate.slots[1] != nil)
    }

    @Test("What only backends have that a model must not use is sent to one that it may use, whose 404 is the answer")
    func installedElsewhere() {
        var policy = AdmissionPolicy()
        policy.fleet.placements = ["a": PlacementRule(backends: [1])]
        let gate = Gate(parallel: 1, queue: 10, policy: policy, backends: 2)
        gate.install(["a", "b"], on: 0)
        gate.install(["b"], on: 1)
        gate.observe(["a"], on: 0)
        gate.observe([], on: 1)
        gate.arrive(1, "a")
        #expect(gate.slots[1]?.backend == 1)
    }

    @Test("Requests of a model that may only use backends that are drained are rejected at once, waiting ones, too")
    func drainedBackends() throws {
        var policy = AdmissionPolicy()
        policy.fleet.placements = ["a": PlacementRule(backends: [1])]
        let gate = Gate(parallel: 1, queue: 10, policy: policy, backends: 2)
        for request in 1...3 { gate.arrive(request, "a") }
        #expect(gate.closeBackend(1))
        let rejection = Rejection.noBackend(retryAfter: 1)
        #expect(gate.takeHeard() == [.reject(2, rejection), .reject(3, rejection)])
        #expect(gate.arrive(4, "a") == .rejected(rejection))
        #expect(try gate.backendUnreachable(1) == .rejected(rejection))
        gate.openBackend(1)
        gate.setBackend(1, healthy: true)
        #expect(gate.arrive(5, "a").isStarted)
    }

    @Test("The first backend whose slots all models share takes waiters that were there before it")
    func firstSharedSlots() {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...3 { gate.arrive(request, "a") }
        let backend = gate.addBackend(slots: 4)
        gate.openBackend(backend)
        #expect(gate.takeHeard() == [.start(2, backend: backend)])
    }

    @Test("After a rush of options only a few are remembered")
    func optionsAreForgotten() throws {
        let gate = Gate(parallel: 1, queue: 600, maxLoaded: 1)
        gate.install(self.all)
        gate.observe(["a"])
        for request in 1...500 { self.arrive(gate, request, "a", contextLength: Int32(request)) }
        #expect(gate.machine.fleet.runners.count > 400)
        for request in 1...500 where gate.tickets[request] != nil { try gate.cancel(request) }
        self.arrive(gate, 501, "a", contextLength: 1_000)
        #expect(gate.machine.fleet.runners.count <= ModelPlacement.maxRunners + 3)
    }

    @Test("A long request is charged while it goes on")
    func longRequest() throws {
        let gate = Gate(parallel: 1, queue: 10, maxLoaded: 2)
        gate.install(self.all)
        gate.observe(["a", "b"])
        gate.arrive(1, "a", of: Client(name: "y"))
        gate.arrive(2, "b", of: Client(name: "x"))
        try gate.finish(1)
        gate.wait(.seconds(3_600))
        gate.deadlineReached()
        let service = try #require(gate.machine.fleet.ledger.accounts.service(of: "x", .interactive))
        #expect(service > 1_800e9)
        try gate.finish(2)
        let end = try #require(gate.machine.fleet.ledger.accounts.service(of: "x", .interactive))
        #expect(abs(end - 3_600e9) < 1e9)
    }
}
