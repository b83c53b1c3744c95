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

/// Takes down what a coordinator would be told.
private final class Follower: AdmissionFollower {
    let isBehind = Mutex<[Bool]>([])
    let asked = Mutex<[Ticket]>([])
    let gone = Mutex<[Ticket]>([])

    func arrived(_ ticket: Ticket, _ request: ArrivingRequest, isBehind: Bool) {
        self.isBehind.withLock { $0.append(isBehind) }
    }
    func left(_ ticket: Ticket) { self.gone.withLock { $0.append(ticket) } }
    func asks(_ ticket: Ticket) { self.asked.withLock { $0.append(ticket) } }
    func answered(_ slot: Slot, isStream: Bool) {}
    func refused(_ slot: Slot, retryAfter: Nanoseconds?) {}
    func moved(_ slot: Slot, _ answer: Reassignment) {}
    func ended(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress) {}
}

@Suite("A member whose coordinator decides")
struct LedTests {
    private let follower = Follower()
    private let controller: AdmissionController
    private let place = QueuePlace(position: 9, estimatedWait: .seconds(4), reason: .slot)

    init() {
        self.controller = AdmissionController(
            AdmissionOptions(limits: Limits(parallel: 1, queue: 2), backendCount: 1),
            now: .seconds(0),
            follower: self.follower,
            onDeadline: { _, _ in }
        )
        self.controller.setLed(true, caps: nil, now: .seconds(0))
    }

    private func arrive(_ waiter: RecordingWaiter, at now: Instant = .seconds(0)) throws -> Ticket {
        let request = ArrivingRequest(id: "", model: "m", client: Client(name: "c"), deadline: now + .seconds(30))
        let arrival = self.controller.arrive(request, waiter: waiter, now: now)
        guard case .queued(let ticket, let position, let wait) = arrival else { throw NotQueued() }
        // Only the coordinator knows.
        #expect(position == nil && wait == nil)
        return ticket
    }

    private struct NotQueued: Error {}

    @Test("It is told of an arrival whether others of its model wait here already")
    func arrives() throws {
        let first = try self.arrive(RecordingWaiter())
        let second = try self.arrive(RecordingWaiter())
        #expect(self.controller.cancel(first, now: .seconds(1)) && self.controller.cancel(second, now: .seconds(1)))
        _ = try self.arrive(RecordingWaiter(), at: .seconds(2))
        #expect(self.follower.isBehind.withLock { $0 } == [false, true, false])
    }

    @Test("A request hears where it was among all before it hears of its slot")
    func starts() throws {
        let waiter = RecordingWaiter()
        let ticket = try self.arrive(waiter)
        #expect(self.controller.grant(ticket, on: 0, rule: .leastService, place: self.place, now: .seconds(1)))
        #expect(waiter.heard.first == .placed(ticket, self.place))
        guard case .start(let slot) = waiter.heard.last, waiter.heard.count == 2 else { throw NotQueued() }
        self.controller.lease(slot).end(.completed, now: .seconds(2))
    }

    @Test("A request hears where it was among all before it hears that it gets none")
    func turnedAway() throws {
        let waiter = RecordingWaiter()
        let ticket = try self.arrive(waiter)
        #expect(
            self.controller.turnAway(ticket, .noBackend(retryAfter: 3), place: self.place, now: .seconds(1))
        )
        #expect(waiter.heard == [.placed(ticket, self.place), .reject(.noBackend(retryAfter: 3))])
        // The coordinator knows.
        #expect(self.follower.gone.withLock { $0 }.isEmpty)
    }

    @Test("The coordinator says that the time of a request is up, and where it was")
    func timedOut() throws {
        let waiter = RecordingWaiter()
        let ticket = try self.arrive(waiter)
        self.controller.deadlineReached(now: .seconds(30))
        #expect(waiter.heard.isEmpty)
        let standing = QueueStanding(inFront: 7, pace: .seconds(2))
        self.controller.timeOut(ticket, standing, place: self.place, now: .seconds(30) + .milliseconds(10))
        #expect(waiter.heard == [.placed(ticket, self.place), .timeOut(waited: .milliseconds(30_010), standing)])
        #expect(self.follower.gone.withLock { $0 }.isEmpty)
        #expect(self.controller.snapshot(of: "m", now: .seconds(31))?.totals.timedOut == 1)
        // What comes late is of no use.
        self.controller.timeOut(ticket, standing, place: nil, now: .seconds(31))
        #expect(waiter.heard.count == 2)
    }

    @Test("Without its word a request is given up half a second later, and it is known that others do not count")
    func silent() throws {
        let waiters = [RecordingWaiter(), RecordingWaiter()]
        let tickets = [try self.arrive(waiters[0]), try self.arrive(waiters[1], at: .seconds(1))]
        self.controller.deadlineReached(now: .seconds(30) + .milliseconds(499))
        #expect(waiters[0].heard.isEmpty)
        self.controller.deadlineReached(now: .seconds(30) + .milliseconds(500))
        let standing = QueueStanding(inFront: 0, pace: nil, isOwn: true)
        #expect(waiters[0].heard == [.timeOut(waited: .milliseconds(30_500), standing)])
        #expect(self.follower.gone.withLock { $0 } == [tickets[0]])
        #expect(waiters[1].heard.isEmpty)
    }

    @Test("A slot that comes after the deadline is refused")
    func lateSlot() throws {
        let waiter = RecordingWaiter()
        let ticket = try self.arrive(waiter)
        #expect(!self.controller.grant(ticket, on: 0, rule: .leastService, place: self.place, now: .seconds(30)))
        let standing = QueueStanding(inFront: 0, pace: nil)
        #expect(waiter.heard == [.placed(ticket, self.place), .timeOut(waited: .seconds(30), standing)])
        #expect(self.controller.activeCount == 0)
    }

    @Test("A member that is alone gives requests up at their deadlines")
    func alone() throws {
        let waiter = RecordingWaiter()
        _ = try self.arrive(waiter)
        self.controller.setLed(false, caps: .nothing, now: .seconds(10))
        self.controller.deadlineReached(now: .seconds(30))
        #expect(waiter.heard == [.timeOut(waited: .seconds(30), QueueStanding(inFront: 0, pace: nil, isOwn: true))])
    }

    @Test("Where a request is, the coordinator is asked, and it alone")
    func asks() throws {
        let waiter = RecordingWaiter()
        let ticket = try self.arrive(waiter)
        #expect(self.controller.askPlace(of: ticket))
        #expect(self.follower.asked.withLock { $0 } == [ticket])
        let waiting = WaitingRequest(position: 5, reason: WaitReason(.slot), estimatedStart: .seconds(8))
        self.controller.show(ticket, waiting, place: self.place)
        #expect(waiter.heard == [.placed(ticket, self.place), .waits(ticket, waiting)])
        self.controller.setLed(false, caps: .nothing, now: .seconds(1))
        #expect(!self.controller.askPlace(of: ticket))
        #expect(self.controller.waiting(ticket, now: .seconds(1))?.isOwn == true)
    }

    @Test("Who is turned away here hears of the queue of all")
    func toldWaits() throws {
        self.controller.note(["m": QueueWait(waiting: 40, retryAfter: 33), "n": QueueWait(waiting: 3, retryAfter: 2)])
        #expect(
            self.controller.rejectForMemory(model: "m", now: .seconds(1)) == .queueFull(waiting: 40, retryAfter: 33)
        )
        let waiter = RecordingWaiter()
        _ = try self.arrive(waiter, at: .seconds(1))
        self.controller.drain(now: .seconds(2))
        #expect(waiter.heard == [.reject(.shuttingDown(retryAfter: 33))])
    }

    @Test("Nothing that a coordinator has told holds without one")
    func forgetsWaits() {
        self.controller.note(["m": QueueWait(waiting: 40, retryAfter: 33)])
        self.controller.setLed(false, caps: .nothing, now: .seconds(1))
        self.controller.note(["m": QueueWait(waiting: 41, retryAfter: 34)])
        #expect(self.controller.rejectForMemory(model: "m", now: .seconds(2)) == .queueFull(waiting: 0, retryAfter: 1))
    }
}
