// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Synchronization
import Testing

@testable import PaddockAdmission

@Suite("Many threads")
struct ManyThreadsTests {
    @Test("Whatever happens at once, each waiter gets exactly one answer and each slot is returned", arguments: 1...4)
    func everyWaiterIsAnsweredOnce(seed: UInt64) async {
        let world = ThreadedWorld()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask { world.work(seed: seed * 100 + UInt64(worker), requests: 500) }
            }
        }
        world.finishAll()
        self.expectAllAnswered(world, arrived: 4 * 500)
    }

    @Test("A drain meanwhile rejects all waiters", arguments: 1...4)
    func drains(seed: UInt64) async {
        let world = ThreadedWorld()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<3 {
                group.addTask { world.work(seed: seed * 100 + UInt64(worker), requests: 300) }
            }
            group.addTask {
                world.work(seed: seed * 100 + 3, requests: 150)
                world.drain()
                world.work(seed: seed * 100 + 4, requests: 150)
            }
        }
        #expect(world.snapshot.isDraining)
        #expect(world.snapshot.models.allSatisfy { $0.queued == 0 }, "nobody waits in a drain, also not again")
        world.finishAll()
        self.expectAllAnswered(world, arrived: 4 * 300)
    }

    /// Nothing is live any more, and the machine's counts agree with the answers.
    private func expectAllAnswered(_ world: ThreadedWorld, arrived: Int) {
        let (snapshot, tally) = (world.snapshot, world.tally)
        #expect(snapshot.backends.map(\.active) == [0, 0])
        #expect(snapshot.models.allSatisfy { $0.queued == 0 && $0.active == 0 })
        #expect(tally.answeredTwice == 0)
        #expect(tally.arrived == arrived)
        let totals = snapshot.models.map(\.totals)
        #expect(totals.map(\.requests).reduce(0, +) == tally.arrived)
        #expect(totals.map(\.completed).reduce(0, +) == tally.completed)
        #expect(totals.map(\.rejected).reduce(0, +) == tally.rejected)
        #expect(totals.map(\.cancelled).reduce(0, +) == tally.cancelled)
        #expect(totals.map(\.timedOut).reduce(0, +) == tally.timedOut)
        #expect(totals.map(\.failed).reduce(0, +) == tally.failed)
        let endings = tally.completed + tally.rejected + tally.cancelled + tally.timedOut + tally.failed
        #expect(endings == tally.arrived)
    }
}
