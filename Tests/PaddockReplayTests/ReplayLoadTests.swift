// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockReplay

@Suite("Loads in a replay")
struct ReplayLoadTests {
    /// Adds a request that took a second, and a load of five in front of that.
    private func addCold(_ hand: inout HandTrace, at seconds: Double, model: Int32 = 0, wait: Double = 0) {
        hand.add(at: seconds, model: model) {
            ($0.load, $0.processing, $0.firstByte) = (5 * second, 6 * second, 5 * second + second / 10)
            ($0.wait, $0.backend) = (Int64(wait * 1e9), 0)
        }
    }

    /// Adds a request whose model was loaded.
    private func addWarm(_ hand: inout HandTrace, at seconds: Double, model: Int32 = 0) {
        hand.add(at: seconds, model: model) { ($0.load, $0.backend) = (second / 50, 0) }
    }

    @Test("A trace shows how long loads take, how many there were, and how many models a backend holds")
    func recorded() throws {
        var hand = HandTrace()
        hand.models = ["a", "b", "c"]
        #expect(RecordedLoads(hand.trace) == nil)
        self.addCold(&hand, at: 0)
        self.addCold(&hand, at: 1)
        hand.requests[1].load = 4 * second
        self.addCold(&hand, at: 10, model: 1)
        hand.requests[2].load = 9 * second
        #expect(try #require(RecordedLoads(hand.trace)).places == 1)
        self.addWarm(&hand, at: 20)
        self.addWarm(&hand, at: 30, model: 1)
        let loads = try #require(RecordedLoads(hand.trace))
        #expect(loads.count == 2, "the second request waited for the load of the first one")
        #expect(loads.times == [4 * second, 6 * second, 5 * second], "no load is longer than its request")
        #expect(loads.places == 2)
    }

    @Test("A model is loaded when it has to be, and not when it was")
    func times() {
        var hand = HandTrace()
        self.addCold(&hand, at: 0)
        self.addCold(&hand, at: 10)
        let loads = RecordedLoads(hand.trace)
        #expect(hand.courses { $0.loads = loads } == ["0.0+6.0 completed", "10.0+1.0 completed"])
        #expect(hand.courses() == ["0.0+6.0 completed", "10.0+6.0 completed"], "without, each takes as long as it did")
    }

    @Test("A request may time out, and its client may leave, while its model is loaded")
    func impatience() {
        var hand = HandTrace()
        self.addCold(&hand, at: 0)
        hand.requests[0].deadline = 3 * second
        self.addCold(&hand, at: 100)
        let loads = RecordedLoads(hand.trace)
        #expect(hand.courses { $0.loads = loads } == ["0.0+3.0 timed_out", "100.0+1.0 completed"], "the load goes on")
        hand.requests[0].deadline = nil
        (hand.requests[0].outcome, hand.requests[0].firstByte, hand.requests[0].load) = (.cancelled, nil, nil)
        hand.requests[0].processing = 2 * second
        #expect(hand.courses { $0.loads = loads } == ["0.0+2.0 cancelled", "100.0+1.0 completed"])
    }

    @Test("Visits have fewer loads than backends that load what comes")
    func swaps() throws {
        var hand = HandTrace()
        hand.models = ["a", "b"]
        for number in 0..<40 {
            let arrived = Double(number) / 4
            self.addCold(&hand, at: arrived, model: Int32(number % 2), wait: Double(number) * 6 - arrived)
        }
        var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 2, queue: 100)))
        let visits = Replay.run(hand.trace, setting, busiest: [])
        setting.admission.policy.fleet.isOn = false
        let off = Replay.run(hand.trace, setting, busiest: [])
        let recorded = Replay.recorded(hand.trace, busiest: [])
        #expect(recorded.loads == 40)
        let (few, many) = (try #require(visits.loads), try #require(off.loads))
        #expect(few * 3 <= many, "\(few) and \(many)")
        let throughputs = [recorded, off, visits].map { $0.throughput ?? 0 }
        #expect(throughputs == throughputs.sorted(), "\(throughputs)")
        #expect(try #require(visits.waitsAndLoads).p50 < #require(off.waitsAndLoads).p50)
        #expect(visits.all.count(of: .completed) == 40 && off.all.count(of: .completed) == 40)
    }

    @Test("max_loaded of a backend counts in place of what the trace shows")
    func maxLoaded() {
        var hand = HandTrace()
        hand.models = ["a", "b"]
        for number in 0..<10 { self.addCold(&hand, at: Double(number) * 20, model: Int32(number % 2)) }
        var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 2, queue: 100)))
        #expect(Replay.run(hand.trace, setting, busiest: []).loads == 10)
        setting.admission.memory[0] = MemoryFit(maxLoaded: 2)
        #expect(Replay.run(hand.trace, setting, busiest: []).loads == 2)
    }
}
