// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// How many requests of a runner are active on a backend at most: the operator's limit, or fewer if the backend has fewer slots.
///
/// A backend with T slots lets at most T replies speak at once, which is to be between their first and their last byte; the rest wait
/// inside, where nobody can order or cancel them. So the most replies that spoke at once while the limit was full is the limit to
/// have. Throughput is no such signal: it hardly changes above T.
///
/// Backends serve in order. A request that does not speak although a later one did is worked on too: its prompt is long, or its reply
/// will come as a whole. Replies that are expected to come as a whole count as worked on from their start. Both can only make the
/// limit higher than it need be.
///
/// The limit goes down at once, and up by one, ever more seldom if that was wrong. It never is above the operator's limit, nor below
/// 1. As long as nothing is known it is the operator's.
struct ParallelLearner: Sendable {
    /// What the learner knows of one active request; its owner keeps it.
    struct Token: Sendable {
        fileprivate let started: Instant
        /// The number of the request, in order of start.
        fileprivate let number: UInt64
        /// The first byte, if the reply is a stream.
        fileprivate var firstByte: Instant?
        /// From a free slot to the first byte, in nanoseconds.
        fileprivate var pause: Int64 = 0
        /// Under which setting of the limit it started.
        fileprivate let era: UInt32
        /// Whether the limit was full with it.
        fileprivate let isFull: Bool
        /// Whether its reply is expected to come as a whole.
        fileprivate let isWhole: Bool
    }

    /// How many windows lie between two tries upwards at most.
    static let maxBackoff = 16

    /// How many requests may be active; 1 to ``ceiling``.
    private(set) var limit: Int
    /// The operator's limit; at least 1.
    private(set) var ceiling: Int
    /// How often the limit changed.
    private(set) var changes = 0

    private var active = 0
    private var speaking = 0
    /// Active requests whose replies will come as a whole.
    private var wholes = 0
    /// The numbers of all other active requests, in order.
    private var silent: [UInt64] = []
    private var lastNumber: UInt64 = 0
    /// The largest number of a request that has spoken.
    private var lastSpoken: UInt64 = 0
    private var window = ParallelWindow()
    private var era: UInt32 = 0
    /// Whether the limit was raised to see whether more would speak.
    private var isProbing = false
    /// Windows until the next try upwards.
    private var rest = 0
    private var backoff = 1
    /// When a stream ended last.
    private var lastEnd: Instant?
    /// How long replies speak, in nanoseconds, the latest one counting a tenth; below zero before the first.
    private var speech: Int64 = -1

    /// Begins with the operator's limit.
    init(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        self.limit = self.ceiling
        self.silent.reserveCapacity(min(16, self.ceiling))
    }

    // MARK: - Events

    /// A request was sent to the backend.
    ///
    /// - Parameter expectsStream: Whether its reply is expected to be a stream. Defaults to `true`.
    mutating func started(expectsStream: Bool = true, now: Instant) -> Token {
        self.active += 1
        self.lastNumber += 1
        if expectsStream { self.silent.append(self.lastNumber) } else { self.wholes += 1 }
        self.notePeak()
        return Token(
            started: now,
            number: self.lastNumber,
            era: self.era,
            isFull: self.active >= self.limit,
            isWhole: !expectsStream
        )
    }

    /// The first byte of its reply has come.
    ///
    /// - Parameter isStream: Whether the reply is a stream; any other one comes as a whole when it is ready.
    mutating func firstByte(_ token: inout Token, isStream: Bool, now: Instant) {
        guard isStream, token.firstByte == nil else { return }
        token.firstByte = now
        token.pause = max(0, now.nanoseconds(since: max(token.started, self.lastEnd ?? token.started)))
        self.leaveSilence(token)
        self.speaking += 1
        self.lastSpoken = max(self.lastSpoken, token.number)
        self.notePeak()
    }

    /// A request has ended, however it ended.
    ///
    /// - Parameters:
    ///   - token: What ``started(expectsStream:now:)`` returned.
    ///   - didWaitInside: Whether it waited inside the backend, as the durations in its reply say
    ///     (``waitedInside(total:load:prompt:eval:)``). Defaults to a reply without them.
    ///   - isAwaited: Whether somebody waits for a slot of the runner.
    mutating func ended(_ token: Token, didWaitInside: Bool? = nil, isAwaited: Bool, now: Instant) {
        self.active = max(0, self.active - 1)
        if let firstByte = token.firstByte {
            self.speaking = max(0, self.speaking - 1)
            self.lastEnd = now
            let speech = min(max(0, now.nanoseconds(since: firstByte)), 1 << 57)
            self.speech = self.speech < 0 ? speech : (9 * self.speech + speech) / 10
        } else {
            self.leaveSilence(token)
        }
        let isStream = token.firstByte != nil
        guard token.isFull, token.era == self.era, isStream || didWaitInside != nil else { return }
        self.window.add(pause: isStream ? token.pause : nil, didWaitInside: didWaitInside)
        if self.window.isComplete(limit: self.limit) { self.judge(isAwaited: isAwaited) }
    }

    /// The operator changed the limit, or the backend may be another one: what was learned may be wrong.
    mutating func reset(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        self.loadedAnew()
        self.set(self.ceiling)
    }

    /// The runner was loaded anew.
    ///
    /// It most likely has as many slots as before, and a visit may be too short to learn them again: the limit stays. But tries upwards
    /// are not put off any more.
    mutating func loadedAnew() {
        self.backoff = 1
        self.rest = 0
        self.isProbing = false
        self.window.begin()
        self.set(self.limit)
    }

    /// Whether the durations in a reply say that it waited inside the backend: for more than a tenth of a second, and more than 15 %
    /// of the work on it.
    ///
    /// - Parameters: All in nanoseconds, as Ollama gives them in the last line of a reply.
    static func waitedInside(total: Int64, load: Int64, prompt: Int64, eval: Int64) -> Bool {
        let work = max(0, prompt).addingSaturating(max(0, eval))
        let waited = total.subtractingSaturating(max(0, load)).subtractingSaturating(work)
        return waited > max(100_000_000, work / 100 * 15)
    }

    // MARK: - The rule

    private mutating func judge(isAwaited: Bool) {
        let verdict = self.window.verdict(speech: self.speech)
        self.window.begin()
        self.notePeak()
        let peak = verdict.isClear ? min(verdict.peak ?? self.limit, self.limit) : self.limit
        if peak < self.limit || verdict.doWaitInside == true {
            if self.isProbing { self.backoff = min(Self.maxBackoff, 2 * self.backoff) }
            self.isProbing = false
            self.rest = self.backoff
            self.set(peak < self.limit ? peak : max(1, self.limit - 1))
        } else if verdict.peak != nil || verdict.doWaitInside == false {
            // If it was a try, it was right.
            if self.isProbing { self.backoff = 1 }
            self.isProbing = false
            if self.rest > 0 {
                self.rest -= 1
            } else if isAwaited, self.limit < self.ceiling {
                self.isProbing = true
                self.set(self.limit + 1)
            }
        }
    }

    private mutating func set(_ limit: Int) {
        self.era &+= 1
        if limit != self.limit { self.changes += 1 }
        self.limit = limit
        self.window.forgetPeak()
        self.notePeak()
    }

    private mutating func notePeak() {
        guard self.active >= self.limit else { return }
        let overtaken = self.silent.firstIndex { $0 > self.lastSpoken } ?? self.silent.count
        self.window.note(working: self.speaking + self.wholes + overtaken)
    }

    /// A request speaks, or ends without having spoken.
    private mutating func leaveSilence(_ token: Token) {
        if token.isWhole {
            self.wholes = max(0, self.wholes - 1)
        } else if let place = self.silent.firstIndex(of: token.number) {
            self.silent.remove(at: place)
        }
    }
}
