// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("The only backend")
struct OnlyBackendTests {
    private func breaker(_ gate: Gate) -> BreakerSnapshot { gate.snapshot.fleet.backends[0].breaker }

    @Test("However it fails it gets all requests, and it is shown that it fails")
    func errors() throws {
        let gate = Gate(parallel: 1, queue: 10, maxLoaded: 1)
        gate.install(["a"])
        gate.observe(["a"])
        for request in 1...6 {
            gate.arrive(request, "a")
            #expect(gate.slots[request] != nil)
            gate.wait(.seconds(1))
            try gate.finish(request, .completed(status: 500))
        }
        #expect(self.breaker(gate).cause == .errors)
        gate.arrive(7, "a")
        gate.arrive(8, "a")
        let reasons = gate.machine.requestSnapshots(now: gate.now).compactMap(\.waitsFor)
        #expect(gate.slots[7] != nil && reasons == [WaitReason(.slot)], "nobody is kept from it")
        try gate.finish(7)
        #expect(self.breaker(gate).state == .ok && self.breaker(gate).cause == nil)
    }

    @Test("That it accepts no connection is shown, until it does")
    func unreachable() throws {
        let gate = Gate(parallel: 1, queue: 10)
        gate.arrive(1, "a")
        try gate.backendUnreachable(1)
        #expect(self.breaker(gate).cause == .unreachable)
        gate.arrive(2, "a")
        #expect(gate.slots[2] != nil)
        gate.setBackend(0, healthy: true)
        #expect(self.breaker(gate).cause == nil)
    }

    @Test("Its refusals are counted")
    func refusals() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...5 {
            gate.arrive(request, "a")
            try gate.finish(request, .completed(status: 503))
        }
        #expect(gate.snapshot.fleet.backends[0].refusals == 5)
        #expect(self.breaker(gate).cause == nil, "it works, as far as it can")
    }
}
