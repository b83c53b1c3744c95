// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("The last five minutes")
struct RecentWindowTests {
    @Test("Every value is in the range that its quantile names, at the edges of all ranges")
    func ranges() {
        for exponent in 0..<63 {
            for offset: Int64 in [-1, 0, 1] {
                let value = (1 << exponent) + offset
                let range = RecentBuckets.index(of: value)
                var counts = Array(repeating: 0, count: RecentBuckets.count)
                counts[range] = 1
                let found = RecentBuckets.quantile(50, of: counts[...]) ?? -1
                let exact = Double(min(max(value, 0), 1 << 40))
                #expect(abs(found - exact) <= max(exact / 4, Double(1 << 20)), "\(value)")
            }
        }
        #expect(RecentBuckets.index(of: -5) == 0)
        #expect(RecentBuckets.index(of: .min) == 0)
        #expect(RecentBuckets.index(of: .max) == RecentBuckets.count - 1)
        #expect(RecentBuckets.quantile(50, of: [0, 0]) == nil)
    }

    @Test("Quantiles go up with their share, and are exact to an eighth or so")
    func quantiles() throws {
        let gate = Gate(parallel: 200, queue: 0)
        for request in 1...100 { gate.arrive(request) }
        gate.wait(.seconds(1))
        for request in 1...100 { try gate.finish(request, firstByte: .milliseconds(10 * request)) }
        let recent = try gate.reading().recent
        let (half, most) = (try #require(recent.firstByte(50)), try #require(recent.firstByte(90)))
        #expect((450...550).contains(half.milliseconds))
        #expect((850...950).contains(most.milliseconds))
        #expect(recent.wait(90) == .zero)
        #expect(recent.tokensPerSecond(50) == nil)
    }

    @Test("What is older than five minutes is gone, however the time passes")
    func forgets() throws {
        for steps in [1, 7, 29, 300, 10_000] {
            let gate = Gate(named: ["llama2": LimitOverrides()])
            gate.arrive(1)
            try gate.finish(1)
            #expect(try gate.reading().recent.requests == 1)
            gate.wait(.seconds(269))
            #expect(try gate.reading().recent.completed == 1)
            for second in 0..<40 where second % min(steps, 40) == 0 {
                gate.wait(.seconds(min(steps, 40)))
                gate.arrive(100 + second)
                try gate.finish(100 + second, .failed)
            }
            let recent = try gate.reading().recent
            #expect(recent.completed == 0)
            #expect(recent.failed > 0)
            gate.wait(.seconds(steps + 300))
            #expect(try gate.reading().recent == RecentCounts())
        }
    }

    @Test("Each backend has first bytes and replies of its own, which no reset changes")
    func backends() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.arrive(2)
        gate.wait(.seconds(4))
        try gate.finish(1, firstByte: .seconds(1))
        try gate.finish(2, .failed, behind: 500)
        gate.reset()
        let recent = gate.snapshot.fleet.backends.map(\.recent)
        let first = try #require(recent[0].firstByte(90))
        #expect((850...1_150).contains(first.milliseconds))
        #expect(recent[1].replies[.serverError] == 1 && recent[0].replies[.serverError] == 0)
        gate.wait(.seconds(301))
        #expect(gate.snapshot.fleet.backends.allSatisfy { $0.recent == RecentCounts() })
    }

    @Test("A reset changes nothing of it, nor does a start that is taken back stay")
    func resets() throws {
        let gate = Gate(parallel: 1, backends: 2)
        gate.arrive(1)
        gate.wait(.seconds(31))
        gate.reset()
        try gate.backendUnreachable(1)
        try gate.finish(1, .failed, behind: 200)
        let reading = try gate.reading()
        #expect(reading.totals == Totals())
        #expect([reading.recent.requests, reading.recent.failed, reading.recent.replies[.success]] == [1, 1, 1])
        #expect(reading.recent.count(of: .wait) == 1)
        #expect(gate.snapshot.recent == reading.recent)
    }

    @Test("Invented names are counted together, and their windows are gone with them")
    func invented() throws {
        let gate = Gate(unnamedLimit: 3)
        for request in 1...1_000 {
            gate.arrive(request, ModelName(stringLiteral: "typo-\(request)"))
            try gate.finish(request, .completed(status: 404))
            if request % 100 == 0 { gate.wait(.seconds(15)) }
        }
        let snapshot = gate.snapshot
        #expect(snapshot.models.isEmpty)
        #expect([snapshot.recent.requests, snapshot.recent.replies[.clientError]] == [1_000, 1_000])
        #expect(snapshot.unknownRecent == snapshot.recent)
        gate.wait(.seconds(200))
        // A hundred came every 15 seconds; those of the first minute are gone.
        #expect(gate.snapshot.recent.requests == 600)
        gate.wait(.seconds(300))
        #expect(gate.snapshot.recent == RecentCounts())
    }

    @Test("The speed of a stream is of the tokens after the first, that of a whole reply is what its backend says")
    func speed() throws {
        let gate = Gate(parallel: 4)
        gate.arrive(1, streams: true)
        gate.wait(.seconds(3))
        gate.tokens[1] = TokenCounts(prompt: 10, answer: 101)
        try gate.finish(1, firstByte: .seconds(1), isStream: true)
        let speed = try #require(try gate.reading().recent.tokensPerSecond(50))
        #expect((45...56).contains(speed))
        // Too quick to say, and what no backend can do.
        gate.arrive(2, streams: true)
        gate.tokens[2] = TokenCounts(prompt: 10, answer: .max)
        try gate.finish(2, firstByte: .zero, isStream: true)
        gate.arrive(3, streams: true)
        gate.wait(.milliseconds(1))
        gate.tokens[3] = TokenCounts(prompt: .max, answer: .max)
        try gate.finish(3, firstByte: .zero, isStream: true)
        let recent = try gate.reading().recent
        #expect(recent.count(of: .speed) == 2)
        #expect(recent.tokensPerSecond(90) == Double(1 << 16))
        #expect(recent.answerTokens == Int(UInt32.max))
        #expect(recent.promptTokens == 20 + Int(Int32.max))
    }

    @Test("Two readings of a model that did nothing for five minutes are equal, others only within one slice")
    func equality() throws {
        let gate = Gate(named: ["llama2": LimitOverrides(), "idle": LimitOverrides()])
        gate.arrive(1)
        try gate.finish(1)
        let (busy, idle) = (try gate.reading(), try gate.reading("idle"))
        gate.wait(.seconds(20))
        #expect(try gate.reading().equals(busy))
        gate.wait(.seconds(20))
        #expect(try !gate.reading().equals(busy))
        #expect(try gate.reading("idle").equals(idle))
        gate.wait(.seconds(300))
        let later = try gate.reading()
        gate.wait(.seconds(60))
        #expect(try gate.reading().equals(later))
    }

    @Test("A thousand models at once, and events that come out of order, are counted once each")
    func thousandModels() throws {
        let gate = Gate(parallel: 1)
        for request in 0..<1_000 { gate.arrive(request, ModelName(stringLiteral: "model-\(request)")) }
        gate.wait(.seconds(299))
        for request in 0..<1_000 { try gate.finish(request, .completed(status: 200 + request % 4 * 100)) }
        let recent = gate.snapshot.recent
        #expect(ReplyCounts.StatusClass.allCases.map { recent.replies[$0] } == [250, 250, 250, 250])
        #expect([recent.requests, recent.completed, recent.count(of: .wait)] == [1_000, 1_000, 1_000])
        var window = RecentWindow()
        window.arrived(now: .seconds(500))
        // Threads bring events in another order than they took their times.
        window.arrived(now: .seconds(10))
        window.arrived(now: Instant(nanoseconds: .min))
        #expect(window.reading(at: RecentWindow.slice(of: .seconds(500)))?.requests == 3)
        window.arrived(now: Instant(nanoseconds: .max))
        #expect(window.reading(at: RecentWindow.slice(of: Instant(nanoseconds: .max)))?.requests == 1)
    }
}
