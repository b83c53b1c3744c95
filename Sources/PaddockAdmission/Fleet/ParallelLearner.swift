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
/// The limit goes down at once, and up by one, ever more seldom if that was wrong. It never is above the operator's limit, nor below
/// 1. As long as nothing is known it is the operator's.
struct ParallelLearner: Sendable {
    /// What the learner knows of one active request; its owner keeps it.
    struct Token: Sendable {
        fileprivate let started: Instant
        /// The first byte, if the reply is a stream.
        fileprivate var firstByte: Instant?
        /// From a free slot to the first byte, in nanoseconds.
        fileprivate var pause: Int64 = 0
        /// Under which setting of the limit it started.
        fileprivate let era: UInt32
        /// The window in which it started.
        fileprivate let window: UInt32
        /// Whether the limit was full with it.
        fileprivate let isFull: Bool
        /// Whether its reply will come as a whole.
        fileprivate var isWhole: Bool
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
    /// Active requests whose replies will come as a whole: nobody knows whether they are worked on, so that they count as if.
    private var wholes = 0
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
    }

    // MARK: - Events

    /// A request was sent to the backend.
    ///
    /// - Parameter expectsStream: Whether its reply is expected to be a stream. Defaults to `true`.
    mutating func started(expectsStream: Bool = true, now: Instant) -> Token {
        self.active += 1
        if !expectsStream { self.wholes += 1 }
        self.notePeak()
        return Token(
            started: now,
            era: self.era,
            window: self.window.number,
            isFull: self.active >= self.limit,
            isWhole: !expectsStream
        )
    }

    /// The first byte of its reply has come.
    ///
    /// - Parameter isStream: Whether the reply is a stream; any other one comes as a whole when it is ready.
    mutating func firstByte(_ token: inout Token, isStream: Bool, now: Instant) {
        guard token.firstByte == nil else { return }
        guard isStream else {
            if !token.isWhole { self.window.noteWhole() }
            return
        }
        if token.isWhole {
            token.isWhole = false
            self.wholes = max(0, self.wholes - 1)
        } else if token.window != self.window.number {
            self.window.noteEarlier()
        }
        token.firstByte = now
        token.pause = max(0, now.nanoseconds(since: max(token.started, self.lastEnd ?? token.started)))
        self.speaking += 1
        self.notePeak()
    }

    /// A request has ended, however it ended.
    ///
    /// - Parameters:
    ///   - token: What ``started(now:)`` returned.
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
        } else if token.isWhole {
            self.wholes = max(0, self.wholes - 1)
        } else if token.window != self.window.number {
            self.window.noteEarlier()
        }
        let isStream = token.firstByte != nil
        guard token.isFull, token.era == self.era, isStream || didWaitInside != nil else { return }
        self.window.add(pause: isStream ? token.pause : nil, didWaitInside: didWaitInside)
        if self.window.isComplete(limit: self.limit) { self.judge(isAwaited: isAwaited) }
    }

    /// The runner was loaded anew, or the operator changed the limit: what was learned may be wrong.
    mutating func reset(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        self.backoff = 1
        self.rest = 0
        self.isProbing = false
        self.window.begin(silent: self.active - self.speaking - self.wholes)
        self.set(self.ceiling)
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
        self.window.begin(silent: self.active - self.speaking - self.wholes)
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
        if self.active >= self.limit { self.window.note(speaking: self.speaking + self.wholes) }
    }
}
