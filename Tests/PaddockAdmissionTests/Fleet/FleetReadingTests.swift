// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Readings of the fleet")
struct FleetReadingTests {
    /// A backend that holds one model and has `a` loaded.
    private func gate(parallel: Int = 1) -> Gate {
        let gate = Gate(parallel: parallel, queue: 100, maxLoaded: 1)
        gate.install(["a", "b", "c"])
        gate.observe(["a"])
        return gate
    }

    private func reasons(_ gate: Gate) -> [String: WaitReason] {
        gate.machine.requestSnapshots(now: gate.now).reduce(into: [:]) { $0[$1.id] = $1.waitsFor }
    }

    private func backend(_ gate: Gate) -> FleetBackendSnapshot { gate.snapshot.fleet.backends[0] }

    @Test("Who waits is told for what, and behind which model")
    func waitingFor() throws {
        let gate = self.gate()
        gate.arrive(1, "a", of: Client(name: "x"))
        gate.arrive(2, "a", of: Client(name: "y"))
        #expect(self.reasons(gate) == ["2": WaitReason(.slot)])
        gate.arrive(3, "b")
        gate.arrive(4, "c")
        let reasons = self.reasons(gate)
        #expect(reasons["3"]?.kind == .swap && reasons["3"]?.behind?.model == "a")
        #expect(reasons["3"]?.behind?.clients == 2)
        #expect(reasons["4"]?.kind == .turn)
        let (first, second) = (try #require(reasons["3"]?.behind?.until), try #require(reasons["4"]?.behind?.until))
        #expect(first < second, "the load and the visit of b come first")
        #expect(try gate.reading("b").waitingForSwap == 1)
        #expect(try gate.reading("a").waitingForSwap == 0)
    }

    @Test("While a model is loaded its waiters wait for the load, and the estimate is what is left of it")
    func load() throws {
        let gate = Gate(parallel: 1, queue: 10, maxLoaded: 1)
        gate.install(["a"])
        gate.observe([])
        gate.arrive(1, "a")
        gate.arrive(2, "a")
        let early = try #require(self.reasons(gate)["2"])
        #expect(early.kind == .load && early.behind?.model == "a")
        gate.wait(.milliseconds(500))
        let late = try #require(self.reasons(gate)["2"]?.behind?.until)
        #expect(late < early.behind?.until ?? .zero)
        try gate.answered(1)
        #expect(self.reasons(gate)["2"] == WaitReason(.slot))
    }

    @Test("A backend's reading has what is loaded, what goes, what comes and why")
    func plan() throws {
        let gate = self.gate()
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        var reading = self.backend(gate)
        #expect(reading.isObserved && reading.plan?.model == "b" && reading.plan?.victims == ["a"])
        #expect(reading.residents.map(\.name) == ["a"])
        #expect(reading.residents[0].isVictim && reading.residents[0].active == 1)
        #expect(reading.residents[0].reason == .foreign && reading.residents[0].visit == nil)
        try gate.finish(1)
        #expect(self.backend(gate).residents[0].phase.name == "leaving")
        gate.unloaded("a")
        reading = self.backend(gate)
        #expect(reading.plan == nil && reading.residents.map(\.phase.name) == ["loading"])
        #expect(reading.loads.turn == 1 && reading.loads.total == 1)
        #expect(try gate.reading("b").swaps == 1)
        #expect(gate.snapshot.fleet.swapWaits.count == 1)
        gate.wait(.seconds(3))
        try gate.answered(2)
        #expect(gate.snapshot.fleet.loadTimes.count == 1 && gate.snapshot.fleet.loadTimes.sum == .seconds(3))
        gate.wait(.seconds(2))
        reading = self.backend(gate)
        #expect(reading.residents[0].visit == .seconds(2) && reading.residents[0].reason == .turn)
    }

    @Test("Each instant of a backend counts as serving, draining, loading or idle")
    func time() throws {
        let gate = self.gate()
        gate.wait(.seconds(1))
        gate.arrive(1, "a")
        gate.wait(.seconds(600))
        gate.arrive(2, "b")
        gate.wait(.seconds(5))
        try gate.finish(1)
        gate.wait(.seconds(1))
        gate.unloaded("a")
        gate.wait(.seconds(3))
        try gate.answered(2)
        gate.wait(.seconds(7))
        try gate.finish(2)
        gate.wait(.seconds(2))
        let time = self.backend(gate).time
        #expect(time[.idle] == .seconds(3))
        #expect(time[.serving] == .seconds(607))
        #expect(time[.draining] == .seconds(5))
        #expect(time[.loading] == .seconds(4))
    }

    @Test("A request that is sent past a backend with fewer requests, as its model is loaded, is told so")
    func warm() {
        let gate = Gate(parallel: 4, queue: 10, backends: 2, maxLoaded: 1)
        for backend in [BackendIndex(0), 1] { gate.install(["a", "b"], on: backend) }
        gate.observe(["a"], on: 0)
        gate.observe(["b"], on: 1)
        gate.arrive(1, "a")
        gate.arrive(2, "a")
        #expect(gate.slots[1]?.rule == .freeSlot)
        #expect(gate.slots[2]?.backend == 0 && gate.slots[2]?.rule == .warm)
    }

    @Test("An operator who switches swaps off sees everybody wait for a slot")
    func off() {
        var policy = AdmissionPolicy()
        policy.fleet.isOn = false
        let gate = Gate(parallel: 1, queue: 10, policy: policy, maxLoaded: 1)
        gate.install(["a", "b"])
        gate.observe(["a"])
        gate.arrive(1, "b")
        gate.arrive(2, "b")
        #expect(self.reasons(gate) == ["2": WaitReason(.slot)])
    }
}
