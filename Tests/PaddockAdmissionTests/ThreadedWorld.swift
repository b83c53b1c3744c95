// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting

@testable import PaddockAdmission

#if SANITIZE_THREADS
import SanitizerMutex
#else
import Synchronization
#endif

/// Workers that arrive, finish, cancel and change things at the same time, and count their answers.
final class ThreadedWorld: Sendable {
    struct Tally {
        var arrived = 0
        var completed = 0
        var rejected = 0
        var cancelled = 0
        var timedOut = 0
        var failed = 0
        var answeredTwice = 0
    }

    /// One request; what its answer leads to is left for some worker to do.
    private final class Request: Waiter {
        private let world: ThreadedWorld
        private let isAnswered = Mutex(false)

        init(_ world: ThreadedWorld) {
            self.world = world
        }

        func hear(_ answer: WaiterAnswer) {
            self.answer()
            switch answer {
            case .start(let slot): self.world.slots.withLock { $0.append((slot, self)) }
            case .reject: self.world.count(\.rejected)
            case .timeOut: self.world.count(\.timedOut)
            case .cancel, .placed, .waits: self.world.count(\.answeredTwice)
            }
        }

        /// It may have to wait again.
        func rearm() {
            self.isAnswered.withLock { $0 = false }
        }

        private func answer() {
            let isSecond = self.isAnswered.withLock { isAnswered in
                defer { isAnswered = true }
                return isAnswered
            }
            if isSecond { self.world.count(\.answeredTwice) }
        }
    }

    private let controller: AdmissionController = {
        var options = AdmissionOptions(limits: Limits(parallel: 2, queue: 8), backendCount: 2)
        options.backendSlots = [1: 3]
        return AdmissionController(options, now: .seconds(0), onDeadline: { _, _ in })
    }()
    private let counts = Mutex(Tally())
    private let slots = Mutex<[(Slot, Request)]>([])
    private let clock = Mutex<Int64>(0)

    var tally: Tally { self.counts.withLock { $0 } }

    var snapshot: AdmissionSnapshot { self.controller.snapshot(now: self.now()) }

    /// What one worker does.
    func work(seed: UInt64, requests: Int) {
        var random = SeededRandom(seed: seed)
        var tickets: [Ticket] = []
        var arrived = 0
        while arrived < requests {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45:
                arrived += 1
                if let ticket = self.arrive(Bool.random(using: &random) ? "llama2" : "qwen3") { tickets.append(ticket) }
            case 45..<80: self.finishOne(isUnreachable: Int.random(in: 0..<10, using: &random) == 0)
            case 80..<90:
                if let index = tickets.indices.randomElement(using: &random),
                    self.controller.cancel(tickets.remove(at: index), now: self.now())
                {
                    self.count(\.cancelled)
                }
            case 90..<94: self.controller.deadlineReached(now: self.now())
            case 94..<96:
                let parallel = Int.random(in: 1...3, using: &random)
                self.controller.updateLimits(model: "llama2", parallel: parallel, queue: 8, now: self.now())
            default:
                let backend = BackendIndex(Int.random(in: 0...1, using: &random))
                self.controller.setBackend(backend, healthy: Bool.random(using: &random), now: self.now())
            }
        }
    }

    /// Ends started requests until none has a slot any more.
    ///
    /// It goes by the slots that were handed out, so that one that got lost is a failure and not an endless loop.
    func finishAll() {
        while self.finishOne(isUnreachable: false) {}
    }

    /// Rejects all that wait, in the midst of whatever else happens.
    func drain() {
        self.controller.drain(now: self.now())
    }

    private func arrive(_ model: ModelName) -> Ticket? {
        self.count(\.arrived)
        let (request, now) = (Request(self), self.now())
        let client = Client(name: "client \(now.nanoseconds % 5)")
        var arriving = ArrivingRequest(id: "", model: model, client: client, deadline: now + .microseconds(200))
        arriving.requestClass = now.nanoseconds % 3 == 0 ? .batch : .interactive
        switch self.controller.arrive(arriving, waiter: request, now: now) {
        case .start(let slot): self.slots.withLock { $0.append((slot, request)) }
        case .queued(let ticket, _, _): return ticket
        case .rejected: self.count(\.rejected)
        }
        return nil
    }

    /// Ends one request, and returns whether there was one.
    @discardableResult
    private func finishOne(isUnreachable: Bool) -> Bool {
        guard let (slot, request) = self.slots.withLock({ $0.popLast() }) else { return false }
        let lease = self.controller.lease(slot)
        guard isUnreachable else {
            self.count(\.completed)
            lease.end(.completed, now: self.now())
            return true
        }
        request.rearm()
        switch lease.backendUnreachable(now: self.now()) {
        case .start(let slot): self.slots.withLock { $0.append((slot, request)) }
        case .queued: break
        case .rejected: self.count(\.rejected)
        case .noBackend: self.count(\.failed)
        }
        return true
    }

    private func count(_ counter: any WritableKeyPath<Tally, Int> & Sendable) {
        self.counts.withLock { $0[keyPath: counter] += 1 }
    }

    /// A clock that all workers share; it ticks a microsecond at each reading.
    private func now() -> Instant {
        Instant(
            nanoseconds: self.clock.withLock {
                $0 += 1_000; return $0
            }
        )
    }
}
