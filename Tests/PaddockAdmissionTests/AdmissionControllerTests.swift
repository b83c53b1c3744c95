// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

#if SANITIZE_THREADS
import SanitizerMutex
#else
import Synchronization
#endif

@Suite("AdmissionController")
struct AdmissionControllerTests {
    private func makeController(
        backends: Int = 1,
        onDeadline: @escaping @Sendable (AdmissionController, Instant) -> Void = { _, _ in }
    ) -> AdmissionController {
        AdmissionController(
            AdmissionOptions(limits: Limits(parallel: 1, queue: 2), backendCount: backends),
            now: .seconds(0),
            onDeadline: onDeadline
        )
    }

    private func arrive(
        _ controller: AdmissionController,
        _ waiter: RecordingWaiter = RecordingWaiter(),
        _ model: ModelName = "llama2",
        at now: Instant = .seconds(0)
    ) -> Arrival {
        controller.arrive(
            ArrivingRequest(id: "", model: model, client: Client(name: "somebody"), deadline: now + .seconds(300)),
            waiter: waiter,
            now: now
        )
    }

    private func slot(_ arrival: Arrival) throws -> Slot {
        guard case .start(let slot) = arrival else { throw NotStarted() }
        return slot
    }

    private struct NotStarted: Error {}

    @Test("A lease gives its slot to the next waiter when it ends")
    func leaseEnds() throws {
        let controller = self.makeController()
        let waiter = RecordingWaiter()
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        #expect(self.arrive(controller, waiter, at: .seconds(1)).isQueued)
        #expect(waiter.heard.isEmpty)
        lease.end(.completed, now: .seconds(5))
        guard case .start(let slot) = waiter.heard.first else { throw NotStarted() }
        #expect(waiter.heard.count == 1)
        let next = controller.lease(slot)
        #expect(next.backend == 0)
        #expect(next.waited == .seconds(4))
        next.end(.failed, now: .seconds(6))
        #expect(controller.activeCount == 0)
    }

    @Test("A waiter may end its lease from within its start")
    func endsWithinStart() throws {
        let controller = self.makeController()
        let waiters = (0..<2).map { _ in
            RecordingWaiter { controller.lease($0).end(.cancelled, now: .seconds(1)) }
        }
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        for waiter in waiters { #expect(self.arrive(controller, waiter).isQueued) }
        lease.end(.completed, now: .seconds(1))
        #expect(waiters.map(\.heard.count) == [1, 1])
        #expect(controller.activeCount == 0)
        #expect(controller.snapshot(now: .seconds(1)).model("llama2")?.totals.cancelled == 2)
    }

    @Test("A lease whose backend cannot be reached leads to another, or to the end")
    func unreachable() throws {
        let controller = self.makeController(backends: 2)
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        guard case .start(let slot) = lease.backendUnreachable(now: .seconds(1)) else {
            throw NotStarted()
        }
        #expect(slot.backend == 1)
        #expect(controller.chooseBackendForPassThrough() == 1)
        #expect(controller.lease(slot).backendUnreachable(now: .seconds(2)) == .noBackend)
        #expect(controller.chooseBackendForPassThrough() == 0)
        #expect(controller.activeCount == 0)
        controller.setBackend(1, healthy: true, now: .seconds(3))
        #expect(controller.chooseBackendForPassThrough() == 1)
    }

    @Test("A cancelled waiter is not called, and the controller releases it")
    func cancels() throws {
        let controller = self.makeController()
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        weak var forgotten: RecordingWaiter?
        do {
            let waiter = RecordingWaiter()
            forgotten = waiter
            guard case .queued(let ticket, _, _) = self.arrive(controller, waiter) else { throw NotStarted() }
            #expect(controller.cancel(ticket, now: .seconds(1)))
            #expect(!controller.cancel(ticket, now: .seconds(1)))
            #expect(waiter.heard.isEmpty)
        }
        #expect(forgotten == nil)
        lease.end(.completed, now: .seconds(2))
    }

    @Test("The deadline handler is asked for the earliest deadline, without the lock")
    func deadlines() throws {
        let asked = Mutex<[Instant]>([])
        let controller = self.makeController { controller, deadline in
            // Reading the controller here would never end if the lock were held.
            _ = controller.activeCount
            asked.withLock { $0.append(deadline) }
        }
        let waiters = [RecordingWaiter(), RecordingWaiter()]
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        #expect(self.arrive(controller, waiters[0], at: .seconds(1)).isQueued)
        #expect(self.arrive(controller, waiters[1], at: .seconds(2)).isQueued)
        #expect(asked.withLock { $0 } == [.seconds(301)])
        controller.deadlineReached(now: .seconds(301))
        let first = QueueStanding(inFront: 0, pace: nil)
        #expect(waiters[0].heard == [.timeOut(waited: .seconds(300), first)])
        #expect(asked.withLock { $0 } == [.seconds(301), .seconds(302)])
        lease.end(.failed, now: .seconds(302))
        #expect(waiters[1].heard == [.timeOut(waited: .seconds(300), first)])
    }

    @Test("A drain rejects waiting and new requests")
    func drains() throws {
        let controller = self.makeController()
        let waiter = RecordingWaiter()
        let lease = controller.lease(try self.slot(self.arrive(controller)))
        #expect(self.arrive(controller, waiter).isQueued)
        controller.drain(now: .seconds(1))
        #expect(waiter.heard == [.reject(.shuttingDown(retryAfter: 1))])
        #expect(self.arrive(controller) == .rejected(.shuttingDown(retryAfter: 1)))
        #expect(controller.activeCount == 1)
        lease.end(.completed, now: .seconds(2))
        #expect(controller.activeCount == 0)
    }

    @Test("A snapshot has the models in the order of their names")
    func snapshot() throws {
        let controller = self.makeController()
        for model in ["qwen3", "llama2", "gemma3", "mistral"] as [ModelName] {
            controller.lease(try self.slot(self.arrive(controller, RecordingWaiter(), model)))
                .end(.completed, now: .seconds(0))
        }
        let snapshot = controller.snapshot(now: .seconds(7))
        #expect(snapshot.models.map(\.name) == ["gemma3", "llama2", "mistral", "qwen3"])
        #expect(snapshot.models.allSatisfy { $0.uptime == .seconds(7) })
    }

    @Test("Operators change limits and totals, also of unused models")
    func operators() throws {
        let controller = self.makeController()
        let change = controller.updateLimits(model: "a", parallel: 3, queue: nil, now: .seconds(1))
        #expect(change.after == Limits(parallel: 3, queue: 2))
        #expect(change.before.queue == 2 && change.before.parallel != 3)
        #expect(controller.rejectForMemory(model: "a", now: .seconds(1)) == .queueFull(waiting: 0, retryAfter: 1))
        #expect(controller.snapshot(now: .seconds(1)).model("a")?.totals.rejected == 1)
        #expect(controller.resetTotals(model: "a", now: .seconds(2)))
        #expect(!controller.resetTotals(model: "b", now: .seconds(2)))
        #expect(controller.snapshot(now: .seconds(2)).model("a")?.totals.rejected == 0)
    }

    #if DEBUG
    @Test("A lease that is dropped without an outcome stops a debug build")
    func droppedLease() async {
        await #expect(processExitsWith: .failure) {
            let controller = AdmissionController(
                AdmissionOptions(limits: Limits(parallel: 1, queue: 0)),
                now: .seconds(0),
                onDeadline: { _, _ in }
            )
            if case .start(let slot) = controller.arrive(
                ArrivingRequest(id: "", model: "llama2", client: Client(name: "somebody"), deadline: .distantFuture),
                waiter: RecordingWaiter(),
                now: .seconds(0)
            ) {
                _ = controller.lease(slot)
            }
        }
    }
    #else
    @Test("A lease that is dropped without an outcome ends as failed")
    func droppedLease() throws {
        let controller = self.makeController()
        _ = controller.lease(try self.slot(self.arrive(controller)))
        #expect(controller.activeCount == 0)
        #expect(controller.snapshot(now: .seconds(1)).model("llama2")?.totals.failed == 1)
    }
    #endif
}
