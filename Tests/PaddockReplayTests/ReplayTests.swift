// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockReplay

@Suite("Replay")
struct ReplayTests {
    @Test("Requests start one after the other where there is one slot")
    func oneSlot() {
        var hand = HandTrace()
        for _ in 0..<3 { hand.add(at: 5) }
        #expect(hand.courses() == ["5.0+1.0 completed", "6.0+1.0 completed", "7.0+1.0 completed"])
        #expect(hand.courses(parallel: 2) == ["5.0+1.0 completed", "5.0+1.0 completed", "6.0+1.0 completed"])
    }

    @Test("Two backends have twice the slots")
    func backends() {
        var hand = HandTrace()
        for _ in 0..<3 { hand.add(at: 0) }
        let courses = hand.courses { $0.admission.backendCount = 2 }
        #expect(courses == ["0.0+1.0 completed", "0.0+1.0 completed", "1.0+1.0 completed"])
    }

    @Test("Lines in the order in which requests ended are replayed in the order in which they arrived")
    func orderOfArrival() {
        var hand = HandTrace()
        hand.add(at: 2) { $0.processing = 3 * second }
        hand.add(at: 1) { $0.processing = 9 * second }
        #expect(hand.courses() == ["1.0+9.0 completed", "10.0+3.0 completed"])
    }

    @Test("Who finds the queue full is rejected")
    func queueFull() {
        var hand = HandTrace()
        for _ in 0..<3 { hand.add(at: 0) }
        #expect(hand.courses(queue: 1) == ["0.0+1.0 completed", "1.0+1.0 completed", "0.0 rejected"])
    }

    @Test("A client that went away while it waited goes away again, unless it has its first byte by then")
    func patience() {
        var hand = HandTrace()
        hand.add(at: 0) { $0.processing = 5 * second }
        hand.add(at: 1) { ($0.outcome, $0.wait, $0.processing, $0.firstByte) = (.cancelled, 2 * second, nil, nil) }
        #expect(hand.courses() == ["0.0+5.0 completed", "3.0 cancelled"])
        // It takes the median, which is that of the only request that completed; its first byte comes in time.
        #expect(hand.courses(parallel: 2) == ["0.0+5.0 completed", "1.0+5.0 completed"])
    }

    @Test("A client that went away before its first byte had come holds its slot no longer than that")
    func patienceWithSlot() {
        var hand = HandTrace()
        hand.add(at: 0) { ($0.outcome, $0.processing, $0.firstByte) = (.cancelled, 2 * second, nil) }
        #expect(hand.courses() == ["0.0+2.0 completed"], "its first byte comes at the very instant")
        hand.requests[0].expectsStream = false
        hand.add(at: 100) { $0.processing = 7 * second }
        #expect(hand.courses() == ["0.0+2.0 cancelled", "100.0+7.0 completed"])
    }

    @Test("A client that went away from a stream that flowed goes away after as long with its slot")
    func cancelledStream() {
        var hand = HandTrace()
        hand.add(at: 0) { $0.processing = 4 * second }
        hand.add(at: 0) { ($0.outcome, $0.processing) = (.cancelled, 3 * second) }
        #expect(hand.courses() == ["0.0+4.0 completed", "4.0+3.0 cancelled"])
    }

    @Test("A waiter times out at its deadline, and an active request whose first byte comes too late")
    func deadlines() {
        var hand = HandTrace()
        hand.add(at: 0) { ($0.processing, $0.firstByte) = (10 * second, 10 * second) }
        hand.add(at: 1) { $0.deadline = 2 * second }
        #expect(hand.courses() == ["0.0+10.0 completed", "3.0 timed_out"])
        #expect(hand.courses { $0.timeout = .seconds(4) } == ["0.0+4.0 timed_out", "4.0+1.0 completed"])
    }

    @Test("What the client itself said counts where the timeout is longer")
    func statedDeadline() {
        var hand = HandTrace()
        hand.add(at: 0) { $0.processing = 10 * second }
        hand.add(at: 1) { ($0.deadline, $0.isDeadlineStated) = (2 * second, true) }
        #expect(hand.courses { $0.timeout = .seconds(60) } == ["0.0+10.0 completed", "3.0 timed_out"])
        hand.requests[1].isDeadlineStated = false
        #expect(hand.courses { $0.timeout = .seconds(60) } == ["0.0+10.0 completed", "10.0+1.0 completed"])
    }

    @Test("A request that got no slot takes what those of its model took at the median")
    func median() {
        var hand = HandTrace(models: ["llama2", "mistral"])
        for (number, seconds) in [2, 3, 9].enumerated() {
            hand.add(at: Double(10 * number)) { $0.processing = Int64(seconds) * second }
        }
        hand.add(at: 5, model: 1) { $0.processing = 100 * second }
        hand.add(at: 60) { ($0.outcome, $0.processing, $0.firstByte) = (.rejected, nil, nil) }
        #expect(hand.courses().last == "60.0+3.0 completed")
    }

    @Test("A refusal of the backend is replayed, and a failure")
    func endings() {
        var hand = HandTrace()
        hand.add(at: 0) { $0.status = 404 }
        hand.add(at: 0) { ($0.outcome, $0.processing) = (.failed, second / 2) }
        #expect(hand.courses() == ["0.0+1.0 completed", "1.0+0.5 failed"])
    }

    @Test("With fairness the one request of a client does not wait for all of another's")
    func fairness() {
        var hand = HandTrace()
        for _ in 0..<6 { hand.add(at: 0) }
        hand.add(at: 0, client: 1)
        #expect(hand.courses().last == "1.0+1.0 completed")
        #expect(hand.courses { $0.admission.policy.isFair = false }.last == "6.0+1.0 completed")
    }

    @Test("Weight and class of a declared client stand above the trace's")
    func declaredClients() {
        var hand = HandTrace()
        for _ in 0..<3 { hand.add(at: 0) }
        for _ in 0..<2 { hand.add(at: 0, client: 1) }
        let starts = hand.courses { $0.clients["ann"] = ReplaySetting.DeclaredClient(weight: 1, ceiling: .batch) }
        #expect(starts[0] == "0.0+1.0 completed")
        #expect(starts[3...] == ["1.0+1.0 completed", "2.0+1.0 completed"])
        let weighted = hand.courses {
            $0.clients["bob"] = ReplaySetting.DeclaredClient(weight: 100, ceiling: .interactive)
        }
        #expect(weighted[3...] == ["1.0+1.0 completed", "2.0+1.0 completed"])
    }

    @Test("A replay with the gateway that recorded the trace comes to what was recorded")
    func sameGateway() {
        var random = SeededRandom(seed: 5)
        var hand = HandTrace(models: ["llama2", "mistral"])
        for number in 0..<2_000 {
            hand.add(
                at: Double(number) / 4,
                client: Int32.random(in: 0..<2, using: &random),
                model: Int32.random(in: 0..<2, using: &random)
            ) {
                $0.processing = Int64.random(in: 1...(15 * second), using: &random)
                $0.requestClass = Bool.random(using: &random) ? .batch : .interactive
            }
        }
        var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 2, queue: 60)))
        setting.admission.policy.batchSlots = 1
        let trace = hand.trace
        var recorded = trace.requests
        for (index, course) in Replay.tally(trace, setting).courses.enumerated() {
            recorded[index].wait = (course.started ?? course.ended) - recorded[index].arrived
            recorded[index].processing = course.started.map { course.ended - $0 }
            recorded[index].outcome = course.outcome
        }
        let before = Replay.run(trace, setting, busiest: [0, 1])
        let after = Replay.recorded(
            ReplayTrace(models: trace.models, clients: trace.clients, requests: recorded),
            busiest: [0, 1]
        )
        #expect(before.all.count(of: .rejected) > 100)
        for outcome in Ending.ofArrivals {
            #expect(before.all.count(of: outcome) == after.all.count(of: outcome))
        }
        #expect(before.clients.map(\.waits) == after.clients.map(\.waits))
        #expect(before.part(.batch).waits == after.part(.batch).waits)
        #expect(before.fairness == after.fairness)
        #expect(before.utilisation == after.utilisation)
        #expect(before.span == after.span)
    }

    @Test("Times that add up to more than can be counted are told")
    func tooLong() {
        var hand = HandTrace()
        for _ in 0..<10 { hand.add(at: 0) { $0.processing = 30_000_000 * second } }
        #expect(!Replay.isTooLong(hand.trace))
        for _ in 0..<100 { hand.add(at: 0) { $0.processing = 30_000_000 * second } }
        #expect(Replay.isTooLong(hand.trace))
    }

    @Test("An empty trace comes to nothing")
    func empty() {
        let summary = Replay.run(
            HandTrace().trace,
            ReplaySetting(AdmissionOptions(limits: Limits(parallel: 1, queue: 1))),
            busiest: []
        )
        #expect(summary.all.requests == 0)
        #expect(summary.utilisation == nil)
        #expect(Replay.recorded(HandTrace().trace, busiest: []).throughput == nil)
    }
}
