// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Cancelling")
struct CancelTests {
    @Test("A waiter that cancels leaves at once, from any position", arguments: [2, 3, 4])
    func leavesAtOnce(request: Int) throws {
        let gate = Gate(parallel: 1, queue: 3)
        for request in 1...4 { gate.arrive(request) }
        #expect(try gate.cancel(request))
        #expect(try gate.reading().queued == 2)
        #expect(try gate.reading().totals.cancelled == 1)
        #expect(gate.arrive(5).isQueued, "its place is free")
        for finished in [1, 2, 3, 4, 5] where finished != request { try gate.finish(finished) }
        #expect(try gate.reading().totals.completed == 4)
        #expect(gate.takeHeard().count == 3)
    }

    @Test("A request that has started cannot be cancelled as a waiter")
    func startWins() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2)
        try gate.finish(1)
        #expect(try !gate.cancel(2))
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        #expect(try gate.reading().totals.cancelled == 0)
    }

    @Test("An old ticket never cancels a later request")
    func oldTicketIsHarmless() throws {
        let gate = Gate(parallel: 1)
        gate.arrive(1)
        gate.arrive(2)
        #expect(try gate.cancel(2))
        gate.arrive(3)
        #expect(try !gate.cancel(2))
        #expect(try gate.reading().queued == 1)
    }
}
