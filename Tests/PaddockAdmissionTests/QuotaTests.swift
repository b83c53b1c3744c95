// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("What a client may use at most")
struct QuotaTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")

    private static func quota(_ change: (inout Quota) -> Void) -> [String: Quota] {
        var quota = Quota()
        change(&quota)
        return ["alice": quota]
    }

    private static func tokens(_ count: Int32) -> TokenCounts {
        TokenCounts(prompt: count / 2, answer: count - count / 2)
    }

    // MARK: - At once

    @Test("A client at its limit waits though slots are free, and others do not")
    func parallel() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.parallel = 1 })
        #expect(gate.arrive(1, of: self.alice).isStarted)
        #expect(gate.arrive(2, of: self.alice).isQueued)
        #expect(gate.arrive(3, "mistral", of: self.alice).isQueued)
        #expect(gate.arrive(4, of: self.bob).isStarted)
        #expect(gate.requests.filter { $0.position > 0 }.map(\.waitsFor) == [.limit, .limit])
        #expect(try gate.reading().queued == 1)
        try gate.finish(1)
        #expect(gate.takeHeard() == [.start(2, backend: 0)])
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
        #expect(gate.standing(of: "alice")?.active == 1)
    }

    @Test("Waiters of a client at its limit hold up nobody behind them, of whatever class")
    func holdsUpNobody() throws {
        let gate = Gate(parallel: 1, quotas: Self.quota { $0.parallel = 1 })
        #expect(gate.arrive(1, "mistral", of: self.alice).isStarted)
        #expect(gate.arrive(2, of: self.bob).isStarted)
        #expect(gate.arrive(3, of: self.alice).isQueued)
        #expect(gate.arrive(4, of: self.bob, .batch).isQueued)
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
        try gate.finish(1)
        #expect(gate.takeHeard().isEmpty)
        try gate.finish(4)
        #expect(gate.takeHeard() == [.start(3, backend: 0)])
    }

    @Test("Who is at the limit can leave the queue, time out and be drained")
    func leaves() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.parallel = 1 })
        gate.arrive(1, of: self.alice)
        gate.arrive(2, of: self.alice)
        gate.arrive(3, of: self.alice, within: .seconds(5))
        gate.arrive(4, of: self.alice)
        #expect(try gate.cancel(2))
        gate.wait(.seconds(5))
        gate.deadlineReached()
        #expect(gate.takeHeard() == [.timeOut(3, waited: .seconds(5))])
        gate.drain()
        #expect(gate.takeHeard() == [.reject(4, .shuttingDown(retryAfter: 1))])
        #expect(gate.standing(of: "alice") == nil)
    }

    @Test("A higher limit starts waiters at once, a lower one ends nothing")
    func changes() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.parallel = 1 })
        for request in 1...4 { gate.arrive(request, of: self.alice) }
        gate.setQuotas(Self.quota { $0.parallel = 3 })
        #expect(gate.takeHeard() == [.start(2, backend: 0), .start(3, backend: 0)])
        gate.setQuotas(Self.quota { $0.parallel = 1 })
        try gate.finish(1)
        try gate.finish(2)
        #expect(gate.takeHeard().isEmpty)
        gate.setQuotas([:])
        #expect(gate.takeHeard() == [.start(4, backend: 0)])
    }

    @Test("A request that goes back to the queue gives its place among those at once back")
    func goesBack() throws {
        let gate = Gate(parallel: 1, backends: 2, quotas: Self.quota { $0.parallel = 1 })
        gate.arrive(1, of: self.alice)
        gate.arrive(2, of: self.bob)
        gate.arrive(3, of: self.alice)
        #expect(try gate.backendUnreachable(1) != .noBackend)
        #expect(gate.standing(of: "alice")?.active == 0)
        try gate.finish(2)
        #expect(gate.takeHeard() == [.start(1, backend: 1)])
        #expect(gate.standing(of: "alice")?.active == 1)
    }

    // MARK: - Waiting

    @Test("So many may wait, and no more")
    func queue() {
        let gate = Gate(parallel: 1, quotas: Self.quota { $0.queue = 1 })
        gate.arrive(1, of: self.bob)
        #expect(gate.arrive(2, of: self.alice).isQueued)
        #expect(
            gate.arrive(3, "llama2", of: self.alice) == .rejected(.overQuota(.queue(limit: 1, retryAfter: 1)))
        )
        #expect(gate.arrive(4, "mistral", of: self.alice).isStarted)
        #expect(gate.arrive(5, of: self.bob).isQueued)
    }

    // MARK: - Requests per minute

    @Test("In any 60 seconds so many are accepted, and a refusal says when one more is")
    func requestsPerMinute() {
        let gate = Gate(parallel: 100, quotas: Self.quota { $0.requestsPerMinute = 2 })
        gate.wait(.milliseconds(900))
        #expect(gate.arrive(1, of: self.alice).isStarted)
        gate.wait(.seconds(10))
        #expect(gate.arrive(2, of: self.alice).isStarted)
        #expect(
            gate.arrive(3, of: self.alice) == .rejected(.overQuota(.requestsPerMinute(limit: 2, retryAfter: 51)))
        )
        // Those that were refused do not count.
        gate.wait(.seconds(49))
        #expect(!gate.arrive(4, of: self.alice).isStarted)
        gate.wait(.seconds(2))
        #expect(gate.arrive(5, of: self.alice).isStarted)
        #expect(!gate.arrive(6, of: self.alice).isStarted)
        #expect(gate.arrive(7, of: self.bob).isStarted)
    }

    // MARK: - Tokens

    @Test("Requests that run at once are counted with what they are expected to use")
    func reserves() throws {
        let gate = Gate(parallel: 300, quotas: Self.quota { $0.tokensPerDay = 10_000 })
        var started = 0
        for request in 0..<200 where gate.arrive(request, of: self.alice).isStarted { started += 1 }
        #expect(started == 10_000 / Quotas.firstExpectation)
        #expect(gate.standing(of: "alice")?.reserved == 10_000)
        for request in 0..<started { try gate.finish(request, tokens: Self.tokens(100)) }
        #expect(gate.standing(of: "alice")?.tokensOfDay == 1_000)
        #expect(gate.standing(of: "alice")?.reserved == 0)
        // It is known now how little they use.
        started = 0
        for request in 200..<400 where gate.arrive(request, of: self.alice).isStarted { started += 1 }
        #expect(started > 20)
    }

    @Test("The tokens of a day end with the day, and the refusal says when")
    func day() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.tokensPerDay = 100 })
        // An hour before midnight.
        gate.setClock(offset: 20_000 * 86_400_000_000_000 - 3_600_000_000_000)
        gate.arrive(1, of: self.alice)
        try gate.finish(1, tokens: Self.tokens(100))
        let refusal = QuotaRefusal.tokensPerDay(limit: 100, used: 100, reserved: 0, retryAfter: 3_600)
        #expect(gate.arrive(2, of: self.alice) == .rejected(.overQuota(refusal)))
        gate.wait(.seconds(3_600))
        #expect(gate.arrive(3, of: self.alice).isStarted)
        // A clock that is set back gives nobody the day before again, nor this one.
        try gate.finish(3, tokens: Self.tokens(100))
        gate.setClock(offset: 20_000 * 86_400_000_000_000 - 7_200_000_000_000)
        #expect(!gate.arrive(4, of: self.alice).isStarted)
    }

    @Test("The tokens of a minute")
    func minute() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.tokensPerMinute = 100 })
        gate.arrive(1, of: self.alice)
        let reserved = QuotaRefusal.tokensPerMinute(limit: 100, used: 0, reserved: 1_000, retryAfter: 1)
        #expect(gate.arrive(2, of: self.alice) == .rejected(.overQuota(reserved)))
        try gate.finish(1, tokens: Self.tokens(150))
        let used = QuotaRefusal.tokensPerMinute(limit: 100, used: 150, reserved: 0, retryAfter: 61)
        #expect(gate.arrive(3, of: self.alice) == .rejected(.overQuota(used)))
        gate.wait(.seconds(61))
        #expect(gate.arrive(4, of: self.alice).isStarted)
    }

    @Test("What was used before counts, if it was today")
    func usedBefore() throws {
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.tokensPerDay = 100 })
        gate.setClock(offset: 20_000 * 86_400_000_000_000)
        gate.noteUsed(atLeast: 500, by: "alice", day: 19_999)
        #expect(gate.standing(of: "alice")?.tokensOfDay == 0)
        gate.noteUsed(atLeast: 99, by: "alice", day: 20_000)
        #expect(gate.arrive(1, of: self.alice).isStarted)
        try gate.finish(1, tokens: Self.tokens(1))
        #expect(!gate.arrive(2, of: self.alice).isStarted)
        // What is told again counts once, also after a time without a quota.
        gate.setQuotas([:])
        gate.setQuotas(Self.quota { $0.tokensPerDay = 200 })
        gate.noteUsed(atLeast: 100, by: "alice", day: 20_000)
        #expect(gate.standing(of: "alice")?.tokensOfDay == 100)
    }

    // MARK: - Models

    @Test(
        "Only the models that are allowed",
        arguments: [
            ("llama2", "llama2:latest", true), ("llama2", "llama2:7b", false), ("mistral:*", "mistral:7b", true),
            ("mistral:*", "mistral", true), ("mistral:*", "mistral-nemo", false), ("qwen*", "qwen3:8b", true),
            ("*", "anything:1b", true), ("MISTRAL:*", "Mistral:7B", true), ("hf.co/a/*", "hf.co/a/b", true),
        ]
    )
    func models(pattern: String, model: String, isAllowed: Bool) throws {
        let pattern = try #require(ModelPattern(pattern))
        let gate = Gate(parallel: 4, quotas: Self.quota { $0.models = [pattern] })
        let arrival = gate.arrive(1, try #require(ModelName(model)), of: self.alice)
        #expect(arrival.isStarted == isAllowed)
        if !isAllowed { #expect(arrival == .rejected(.overQuota(.model))) }
    }

    @Test("What is no pattern", arguments: ["", " ", "a*b", "**", "a **"])
    func noPattern(text: String) { #expect(ModelPattern(text) == nil) }

    // MARK: - The window

    @Test("A window of a minute never lets more through than it should", arguments: 1...8)
    func window(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var window = MinuteWindow()
        var accepted: [Double] = []
        var now = 0.0
        for _ in 0..<5_000 {
            now += [0, 0.01, 0.5, 1, 7, 59.9, 200].randomElement(using: &generator) ?? 0
            window.advance(to: Int64(now))
            #expect(window.secondsUntil(below: 5) == 0 || window.sum >= 5)
            if window.sum < 5 {
                window.add(1)
                accepted.append(now)
            } else {
                var later = window
                later.advance(to: Int64(now) + Int64(window.secondsUntil(below: 5)))
                #expect(later.sum < 5, "seed \(seed)")
            }
            #expect(accepted.count { $0 > now - 60 } <= 5, "seed \(seed)")
            accepted.removeAll { $0 <= now - 60 }
        }
    }
}
