// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting

@testable import PaddockAdmission

/// A backend with slots that nobody is told of, in virtual time: what does not fit waits inside, in order of arrival.
///
/// A reply speaks at 40 tokens per second, slower as more are in slots; prompts are read one after another, and halve the speed of
/// the others. Twelve requests always want to be active.
struct HiddenSlots {
    /// How the backend is.
    struct Setting: Sendable {
        var slots = 1
        /// By how much each other request in a slot slows one down.
        var slowdown = 0.25
        /// Tokens of a prompt; 800 are read per second.
        var prompt = 400.0
        /// Tokens of a reply on average.
        var reply = 120.0
        /// How much the time that a prompt takes varies.
        var noise = 0.1
        /// How many slots it has from some second on.
        var change: (second: Double, slots: Int)?
        /// Which replies come as a whole, as a share.
        var wholeReplies = 0.0
        /// Whether the gateway knows at their start which those are.
        var areWholesExpected = true
        /// Whether replies end with Ollama's durations.
        var saysDurations = false
    }

    /// A request that has ended.
    struct Served {
        var ended: Double
        var tokens: Double
        /// From its slot at the gateway to its first byte, in seconds.
        var firstByte: Double
        /// The limit at its end.
        var limit: Int
    }

    private struct Request {
        var token: ParallelLearner.Token
        var started: Double
        var length: Double
        var left: Double
        var isWhole: Bool
        var entered = 0.0
        var firstByte = 0.0
        var prompt = 0.0
    }

    var learner: ParallelLearner
    /// Keeps the limit whatever the learner says.
    var fixedLimit: Int?
    private(set) var served: [Served] = []
    var setting: Setting
    private var random: SeededRandom
    private var time = 0.0
    private var inner: [Request] = []
    private var reading: [Request] = []
    private var replying: [Request] = []

    init(_ setting: Setting, ceiling: Int, seed: UInt64) {
        self.setting = setting
        self.learner = ParallelLearner(ceiling: ceiling)
        self.random = SeededRandom(seed: seed)
    }

    /// Lets time pass until so many requests have been served in all.
    mutating func run(until count: Int) {
        while self.served.count < count { self.step() }
    }

    private var limit: Int { self.fixedLimit ?? self.learner.limit }
    private var active: Int { self.inner.count + self.reading.count + self.replying.count }
    private var now: Instant { Instant(nanoseconds: Int64(self.time * 1e9)) }

    private mutating func step() {
        if let change = self.setting.change, self.time >= change.second {
            self.setting.slots = change.slots
            self.setting.change = nil
        }
        while self.active < min(self.limit, 12) {
            let length = max(5, self.random.exponential(mean: self.setting.reply).rounded(.down))
            let isWhole = self.random.unit() < self.setting.wholeReplies
            let expectsStream = !(isWhole && self.setting.areWholesExpected)
            let token = self.learner.started(expectsStream: expectsStream, now: self.now)
            self.inner.append(
                Request(token: token, started: self.time, length: length, left: length, isWhole: isWhole)
            )
        }
        while !self.inner.isEmpty, self.reading.count + self.replying.count < self.setting.slots {
            var request = self.inner.removeFirst()
            request.entered = self.time
            request.prompt = self.random.logNormal(median: self.setting.prompt / 800, sigma: self.setting.noise)
            self.reading.append(request)
        }
        let count = Double(self.reading.count + self.replying.count)
        let speed = 40 / (1 + self.setting.slowdown * (count - 1)) * (self.reading.isEmpty ? 1 : 0.5)
        var passed = 5.0
        if let first = self.reading.first { passed = min(passed, first.prompt) }
        for request in self.replying { passed = min(passed, request.left / speed) }
        if let change = self.setting.change { passed = min(passed, max(1e-6, change.second - self.time)) }
        self.time += passed
        for place in self.replying.indices { self.replying[place].left -= speed * passed }
        if !self.reading.isEmpty {
            self.reading[0].prompt -= passed
            if self.reading[0].prompt <= 1e-9 { self.speak(self.reading.removeFirst()) }
        }
        for place in self.replying.indices.reversed() where self.replying[place].left <= 1e-6 {
            self.end(self.replying.remove(at: place))
        }
    }

    private mutating func speak(_ request: Request) {
        var request = request
        request.firstByte = self.time
        if !request.isWhole { self.learner.firstByte(&request.token, isStream: true, now: self.now) }
        self.replying.append(request)
    }

    private mutating func end(_ request: Request) {
        var request = request
        if request.isWhole { self.learner.firstByte(&request.token, isStream: false, now: self.now) }
        let work = (self.time - request.entered) * 1e9
        let waited = ParallelLearner.waitedInside(
            total: Int64((self.time - request.started) * 1e9),
            load: 20_000_000,
            prompt: Int64(work / 4),
            eval: Int64(work * 3 / 4)
        )
        self.learner.ended(
            request.token,
            didWaitInside: self.setting.saysDurations ? waited : nil,
            isAwaited: self.limit < 12,
            now: self.now
        )
        self.served.append(
            Served(
                ended: self.time,
                tokens: request.length,
                firstByte: request.firstByte - request.started,
                limit: self.learner.limit
            )
        )
    }
}
