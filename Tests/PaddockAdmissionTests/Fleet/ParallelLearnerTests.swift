// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("ParallelLearner")
struct ParallelLearnerTests {
    /// How a run went, of which the first half is not counted.
    private struct Outcome {
        /// Tokens per second.
        var goodput: Double
        /// From the slot to the first byte, on average, in seconds.
        var firstByte: Double
        var changes: Int
    }

    private static let ceiling = 8
    private static let seeds: [UInt64] = [1, 2, 3, 4, 5]

    private func run(_ setting: HiddenSlots.Setting, fixed: Int? = nil, seed: UInt64) -> Outcome {
        let requests = 800
        var world = HiddenSlots(setting, ceiling: Self.ceiling, seed: seed)
        world.fixedLimit = fixed
        world.run(until: requests)
        let half = world.served[(requests / 2)...]
        let limits = half.map(\.limit)
        let seconds = world.served[requests - 1].ended - world.served[requests / 2 - 1].ended
        return Outcome(
            goodput: half.reduce(0) { $0 + $1.tokens } / seconds,
            firstByte: half.reduce(0) { $0 + $1.firstByte } / Double(half.count),
            changes: zip(limits, limits.dropFirst()).count { $0 != $1 }
        )
    }

    /// The mean over several seeds.
    private func mean(_ setting: HiddenSlots.Setting, fixed: Int? = nil) -> Outcome {
        let outcomes = Self.seeds.map { self.run(setting, fixed: fixed, seed: $0) }
        let count = Double(outcomes.count)
        return Outcome(
            goodput: outcomes.reduce(0) { $0 + $1.goodput } / count,
            firstByte: outcomes.reduce(0) { $0 + $1.firstByte } / count,
            changes: outcomes.reduce(0) { $0 + $1.changes } / outcomes.count
        )
    }

    /// Tokens per second with the best of all limits.
    private func best(_ setting: HiddenSlots.Setting) -> Double {
        (1...Self.ceiling).map { self.mean(setting, fixed: $0).goodput }.max() ?? 0
    }

    private static let settings = [1, 2, 4].flatMap { slots in
        [0.0, 0.25, 0.8].flatMap { slowdown in [false, true].map { (slots, slowdown, $0) } }
    }

    @Test("The backend's slots are learned within 40 requests, and then used well", arguments: settings)
    func steady(slots: Int, slowdown: Double, saysDurations: Bool) {
        let setting = HiddenSlots.Setting(slots: slots, slowdown: slowdown, saysDurations: saysDurations)
        for seed in Self.seeds {
            var world = HiddenSlots(setting, ceiling: Self.ceiling, seed: seed)
            world.run(until: 40)
            #expect(abs(world.learner.limit - slots) <= 1, "seed \(seed): \(world.learner.limit)")
        }
        let outcome = self.mean(setting)
        let best = self.best(setting)
        #expect(outcome.goodput >= 0.95 * best, "\(outcome.goodput / best)")
        #expect(outcome.firstByte <= 1, "\(outcome.firstByte)")
        #expect(outcome.changes <= 8, "\(outcome.changes)")
    }

    @Test(
        "A backend with as many slots as the limit says keeps it",
        arguments: [0.0, 0.25, 1.0],
        1...3 as ClosedRange<UInt64>
    )
    func ceilingIsRight(slowdown: Double, seed: UInt64) {
        var world = HiddenSlots(.init(slots: 8, slowdown: slowdown), ceiling: Self.ceiling, seed: seed)
        world.run(until: 800)
        #expect(world.learner.limit == 8)
        #expect(world.learner.changes == 0)
    }

    @Test("Slots that become fewer or more are followed", arguments: [(4, 1), (1, 4)], 1...5 as ClosedRange<UInt64>)
    func change(slots: (Int, Int), seed: UInt64) {
        let change = (second: 600.0, slots: slots.1)
        var world = HiddenSlots(.init(slots: slots.0, change: change), ceiling: Self.ceiling, seed: seed)
        world.run(until: 800)
        let before = world.served.filter { $0.ended < 600 }.count
        let after = world.served[before...]
        let followed = after.firstIndex { abs($0.limit - slots.1) <= (slots.1 > 1 ? 1 : 0) } ?? .max
        #expect(followed - before <= (slots.1 == 1 ? 40 : 200), "\(followed - before) requests")
        // From then on it stays there: one try upwards at a time.
        #expect(after.dropFirst(300).allSatisfy { abs($0.limit - slots.1) <= 1 })
    }

    @Test(
        "Prompts that take longer than replies make nothing worse than the operator's limit",
        arguments: [1, 2, 4],
        1...3 as ClosedRange<UInt64>
    )
    func longPrompts(slots: Int, seed: UInt64) {
        let setting = HiddenSlots.Setting(slots: slots, prompt: 4000, reply: 60)
        let learned = self.run(setting, seed: seed)
        let fixed = self.run(setting, fixed: Self.ceiling, seed: seed)
        #expect(learned.goodput >= 0.93 * fixed.goodput)
        #expect(learned.firstByte <= fixed.firstByte)
    }

    @Test(
        "Short replies and prompts of very different length are no obstacle",
        arguments: [
            HiddenSlots.Setting(slots: 4, prompt: 100, reply: 15), HiddenSlots.Setting(slots: 2, noise: 0.6),
        ]
    )
    func otherReplies(setting: HiddenSlots.Setting) {
        let outcome = self.mean(setting)
        let best = self.best(setting)
        #expect(outcome.goodput >= 0.95 * best, "\(outcome.goodput / best)")
        #expect(outcome.firstByte <= 1.2, "\(outcome.firstByte)")
    }

    @Test("Whole replies without durations change nothing", arguments: 1...3 as ClosedRange<UInt64>)
    func wholeReplies(seed: UInt64) {
        var world = HiddenSlots(.init(slots: 2, wholeReplies: 1), ceiling: Self.ceiling, seed: seed)
        world.run(until: 400)
        #expect(world.learner.limit == 8)
    }

    @Test(
        "Whole replies among streams do not look like missing slots",
        arguments: [0.1, 0.3, 0.6],
        [false, true]
    )
    func mixedReplies(share: Double, areExpected: Bool) {
        for seed in Self.seeds {
            let setting = HiddenSlots.Setting(slots: 4, wholeReplies: share, areWholesExpected: areExpected)
            var world = HiddenSlots(setting, ceiling: 4, seed: seed)
            world.run(until: 600)
            let mean = Double(world.served.reduce(0) { $0 + $1.limit }) / 600
            #expect(mean > 3.7, "seed \(seed): \(mean)")
        }
    }

    @Test("Slots are learned although some replies come as a whole", arguments: [0.05, 0.1, 0.2])
    func learnsFromMixedReplies(share: Double) {
        let outcome = self.mean(.init(slots: 2, wholeReplies: share))
        #expect(outcome.firstByte <= 7, "\(outcome.firstByte)")
    }

    @Test("Whole replies with durations tell about waits inside the backend", arguments: 1...3 as ClosedRange<UInt64>)
    func wholeRepliesWithDurations(seed: UInt64) {
        var world = HiddenSlots(
            .init(slots: 2, wholeReplies: 1, saysDurations: true),
            ceiling: Self.ceiling,
            seed: seed
        )
        world.run(until: 150)
        #expect(abs(world.learner.limit - 2) <= 1)
    }

    @Test("A request whose prompt is long, or that hangs, is no sign of missing slots")
    func overtaken() {
        var learner = ParallelLearner(ceiling: 2)
        func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }
        _ = learner.started(now: at(0))
        for second in 1...40 {
            var token = learner.started(now: at(Double(second)))
            learner.firstByte(&token, isStream: true, now: at(Double(second) + 0.1))
            learner.ended(token, isAwaited: true, now: at(Double(second) + 0.9))
        }
        #expect(learner.limit == 2)
    }

    @Test("A reset begins with the operator's limit again")
    func reset() {
        var world = HiddenSlots(.init(slots: 1), ceiling: Self.ceiling, seed: 1)
        world.run(until: 100)
        #expect(world.learner.limit <= 2)
        world.learner.reset(ceiling: 6)
        #expect(world.learner.limit == 6)
        #expect(world.learner.ceiling == 6)
        world.learner.reset(ceiling: -3)
        #expect(world.learner.limit == 1)
    }

    @Test("A load keeps what was learned, and more slots are found soon", arguments: 1...5 as ClosedRange<UInt64>)
    func loadedAnew(seed: UInt64) {
        var world = HiddenSlots(.init(slots: 1), ceiling: Self.ceiling, seed: seed)
        world.run(until: 400)
        #expect(world.learner.limit <= 2)
        world.learner.loadedAnew()
        #expect(world.learner.limit <= 2)
        world.setting.slots = 4
        world.run(until: 470)
        #expect(world.learner.limit >= 3, "seed \(seed): \(world.learner.limit)")
    }

    @Test(
        "A wait inside is what is left of the whole time",
        arguments: [
            (1_000, 0, 200, 800, false), (1_250, 0, 200, 800, true), (1_150, 0, 200, 800, false),
            (1_250, 300, 200, 700, false), (150, 0, 20, 30, false), (250, 0, 20, 30, true), (-5, 0, 0, 0, false),
        ] as [(Int64, Int64, Int64, Int64, Bool)]
    )
    func waitedInside(total: Int64, load: Int64, prompt: Int64, eval: Int64, expected: Bool) {
        let waited = ParallelLearner.waitedInside(
            total: total * 1_000_000,
            load: load * 1_000_000,
            prompt: prompt * 1_000_000,
            eval: eval * 1_000_000
        )
        #expect(waited == expected)
    }

    @Test("Durations that cannot be end nothing")
    func impossibleDurations() {
        for value in [Int64.min, -1, 0, .max] {
            for other in [Int64.min, -1, 0, .max] {
                _ = ParallelLearner.waitedInside(total: value, load: other, prompt: value, eval: other)
                _ = ParallelLearner.waitedInside(total: other, load: value, prompt: value, eval: .max)
            }
        }
    }

    @Test("Whatever happens in whatever order, the limit stays within its bounds", arguments: 1...40)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var learner = ParallelLearner(ceiling: 1 + random.number(below: 20))
        var tokens: [ParallelLearner.Token] = []
        for _ in 0..<2_000 {
            let now = Instant(nanoseconds: Int64(bitPattern: random.next()) >> Int64(random.number(below: 63)))
            switch random.number(below: 100) {
            case ..<35 where tokens.count < 30:
                tokens.append(learner.started(expectsStream: random.number(below: 5) > 0, now: now))
            case ..<65 where !tokens.isEmpty:
                let place = random.number(below: tokens.count)
                learner.firstByte(&tokens[place], isStream: random.number(below: 50) > 0, now: now)
            case 99: learner.reset(ceiling: random.number(below: 24) - 2)
            default:
                // Of a request that nobody knows any more, too.
                guard !tokens.isEmpty else { break }
                let place = random.number(below: tokens.count)
                let said = random.number(below: 3)
                let didWait: Bool? = said == 0 ? nil : said == 1
                learner.ended(tokens[place], didWaitInside: didWait, isAwaited: random.number(below: 2) == 0, now: now)
                if random.number(below: 20) > 0 { tokens.remove(at: place) }
            }
            #expect(learner.limit >= 1 && learner.limit <= learner.ceiling)
        }
        #expect(learner.changes > 0, "seed \(seed) drove nothing")
    }

    @Test("It takes little memory")
    func memory() {
        #expect(MemoryLayout<ParallelLearner>.size + 2 * 32 + 4 * ParallelWindow.maxPauses + 8 * Self.ceiling <= 512)
    }
}
