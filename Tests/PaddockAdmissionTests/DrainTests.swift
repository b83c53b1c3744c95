// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Draining")
struct DrainTests {
    @Test("Waiting requests are rejected, and active ones continue")
    func drains() throws {
        let gate = Gate(parallel: 1)
        for request in 1...3 { gate.arrive(request) }
        gate.arrive(4, "qwen3")
        gate.drain()
        #expect(gate.takeHeard() == [2, 3].map { .reject($0, .shuttingDown(retryAfter: 1)) })
        #expect(gate.snapshot.isDraining)
        try gate.finish(1)
        try gate.finish(4)
        let totals = try gate.reading().totals
        #expect(totals.requests == 3)
        #expect(totals.rejected == 2)
        #expect(totals.completed == 1)
    }

    @Test("What arrives while draining is rejected and counted, even if a slot is free")
    func arrivals() throws {
        let gate = Gate()
        gate.drain()
        #expect(gate.arrive(1) == .rejected(.shuttingDown(retryAfter: 1)))
        #expect(gate.rejectForMemory() == .shuttingDown(retryAfter: 1))
        let totals = try gate.reading().totals
        #expect(totals.requests == 2)
        #expect(totals.rejected == 2)
    }
}
