// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Tokens that are reserved")
struct TokenReservationTests {
    private let alice = Client(name: "alice")

    private func arrive(_ request: Int, atMost answer: Int32, at gate: Gate) -> Bool {
        var arriving = gate.arriving(
            request,
            "llama2",
            of: self.alice,
            .interactive,
            streams: false,
            within: nil,
            patience: nil
        )
        arriving.maxAnswerTokens = answer
        if case .rejected = gate.arrive(request, arriving) { return false }
        return true
    }

    private func reserved(_ gate: Gate) -> Int { gate.standing(of: "alice")?.reserved ?? 0 }

    private func gate(perMinute: Int? = nil, perDay: Int? = nil) -> Gate {
        var quota = Quota()
        quota.tokensPerMinute = perMinute
        quota.tokensPerDay = perDay
        return Gate(parallel: 300, queue: 300, quotas: ["alice": quota])
    }

    @Test("What a request says that its answer has at most is reserved, and its prompt as the last ones were")
    func stated() throws {
        let gate = self.gate(perDay: 100_000)
        #expect(self.arrive(1, atMost: 40, at: gate))
        #expect(self.reserved(gate) == 540)
        try gate.finish(1, tokens: TokenCounts(prompt: 100, answer: 30))
        #expect(self.reserved(gate) == 0)
        #expect(self.arrive(2, atMost: 40, at: gate))
        #expect(self.reserved(gate) == 500 - 400 / 8 + 40)
    }

    @Test("Nothing above the quota itself is reserved for an answer")
    func sensible() {
        let gate = self.gate(perMinute: 3_000, perDay: 100_000)
        #expect(self.arrive(1, atMost: .max, at: gate))
        #expect(self.reserved(gate) == 3_500)
        #expect(!self.arrive(2, atMost: 1, at: gate))
    }

    @Test("A client whose answers are longer than it says is not believed, until they keep to it for a while")
    func doubts() throws {
        let gate = self.gate(perDay: 1_000_000)
        #expect(self.arrive(0, atMost: 1, at: gate))
        try gate.finish(0, tokens: TokenCounts(prompt: 10, answer: 4_000))
        #expect(self.arrive(1, atMost: 1, at: gate))
        #expect(self.reserved(gate) == 4_010)
        try gate.finish(1, tokens: TokenCounts(prompt: 10, answer: 1))
        for request in 2..<17 {
            #expect(self.arrive(request, atMost: 1, at: gate))
            try gate.finish(request, tokens: TokenCounts(prompt: 10, answer: 1))
        }
        #expect(self.arrive(17, atMost: 1, at: gate))
        #expect(self.reserved(gate) < 200)
    }

    /// 200 requests at once, of which some end now and then, and others follow.
    @Test(
        "However many run at once, a quota is exceeded by no more than one request",
        arguments: 1...12,
        [true, false]
    )
    func never(seed: UInt64, isStated: Bool) throws {
        var random = SeededRandom(seed: seed)
        let limit = 60_000
        let isDaily = seed % 2 == 0
        let gate = isDaily ? self.gate(perDay: limit) : self.gate(perMinute: limit)
        let largest: Int32 = [64, 1_000, 5_000].randomElement(using: &random) ?? 64
        // What its requests are like is known from a few.
        for request in 0..<8 {
            #expect(self.arrive(request, atMost: isStated ? largest : 0, at: gate))
            try gate.finish(request, tokens: TokenCounts(prompt: 300, answer: largest))
        }
        let before = isDaily ? gate.standing(of: "alice")?.tokensOfDay ?? 0 : 0
        gate.wait(.seconds(62))
        var (used, next, refused) = (before, 8, 0)
        var running: [Int: Int32] = [:]
        while refused < 60 {
            var hasRoom = true
            while running.count < 200, hasRoom {
                // What is not stated has to be what was learned.
                let answer = isStated ? Int32.random(in: 1...largest, using: &random) : largest
                hasRoom = self.arrive(next, atMost: isStated ? answer : 0, at: gate)
                if hasRoom { running[next] = answer } else { refused += 1 }
                next += 1
            }
            for (request, most) in running.sorted(by: { $0.key < $1.key })
            where Int.random(in: 0..<3, using: &random) == 0 {
                let answer = isStated ? Int32.random(in: 0...most, using: &random) : most
                try gate.finish(request, tokens: TokenCounts(prompt: 300, answer: answer))
                used += 300 + Int(answer)
                running[request] = nil
            }
        }
        for (request, most) in running {
            try gate.finish(request, tokens: TokenCounts(prompt: 300, answer: most))
            used += 300 + Int(most)
        }
        #expect(used <= limit + 300 + Int(largest), "\(used)")
        #expect(used > limit / 2, "\(used)")
        #expect(self.reserved(gate) == 0)
    }
}
