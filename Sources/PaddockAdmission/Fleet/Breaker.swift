// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Whether a backend, or a runner on it, gets requests: judged by its work and not by a probe.
///
/// It opens if connections fail, if it answers with errors only, if it is silent while others answer, and for moments if it refuses.
/// While it is open it gets one request at a time on trial, after pauses that grow; the first success closes it.
///
/// It does not know of other backends. Its owner must not leave a request without any.
package struct Breaker: Sendable {
    /// How many failures in a row open it; one that came far faster than replies do counts twice.
    static let maxFailures = 3
    /// Within how many nanoseconds they must come: 30 s.
    static let failureWindow: Int64 = 30 * second
    /// The least silence that is suspicious: 30 s.
    static let leastSilence: Int64 = 30 * second
    /// How long a trial may take until the next request may be one: a minute.
    static let maxTrial: Int64 = 60 * second
    /// The longest rest after a refusal: 30 s, or a minute if the backend asked for it.
    static let maxRest: Int64 = 30 * second
    /// The longest pause between two trials: five minutes.
    static let maxPause: Int64 = 300 * second
    private static let second: Int64 = 1_000_000_000

    /// Why it is open; `nil` if it is not.
    package private(set) var cause: Cause?
    /// When it opened, or a trial failed last.
    package private(set) var since = Instant(nanoseconds: .min)
    /// When the next trial may be.
    package private(set) var until = Instant(nanoseconds: .min)
    /// When a byte of any reply came last; `nil` if none did. Progress is a sign of life, whatever a probe says.
    package private(set) var lastProgress: Instant?
    /// Since when nothing has come although requests were active.
    private var silentSince = Instant(nanoseconds: .min)
    /// When the request on trial was sent.
    private var trial: Instant?
    /// When failures came that no success interrupted.
    private var failures = LastEight()
    private var openings: UInt8 = 0
    private var rests: UInt8 = 0
    private let seed: UInt64

    /// Makes one that is closed.
    ///
    /// - Parameter seed: What the random part of pauses follows from; of its own for each breaker, so that not all try at once.
    init(seed: UInt64) {
        self.seed = seed
    }

    // MARK: - What to do

    /// Whether a request got on lately, if one is active.
    func hasProgress(now: Instant) -> Bool {
        self.lastProgress.map { now.nanoseconds(since: $0) < Self.leastSilence } ?? false
    }

    /// Whether it gets a request.
    func use(at now: Instant) -> Use {
        guard self.cause != nil else { return .free }
        if self.isOnTrial(now) { return .none }
        // A clock that went backwards keeps nothing closed: no pause is that long.
        let left = self.until.nanoseconds.subtractingSaturating(now.nanoseconds)
        return left <= 0 || left > Self.maxPause || now < self.since ? .trial : .none
    }

    /// What is to be shown.
    package func state(at now: Instant) -> State {
        guard let cause = self.cause else { return .ok }
        return self.isOnTrial(now) ? .halfOpen : cause == .silence ? .suspect : .open
    }

    private func isOnTrial(_ now: Instant) -> Bool {
        guard let trial = self.trial else { return false }
        let age = now.nanoseconds(since: trial)
        return age >= 0 && age < Self.maxTrial
    }

    // MARK: - Events

    /// A request is sent there.
    ///
    /// - Parameter active: How many are active there already.
    mutating func began(active: Int, now: Instant) {
        if active == 0 { self.silentSince = now }
        if self.cause != nil, !self.isOnTrial(now) { self.trial = now }
    }

    /// Bytes of any reply came.
    mutating func progressed(now: Instant) {
        self.lastProgress = now
        self.silentSince = now
        if self.cause == .silence { self.close() }
    }

    /// It is known what became of a request.
    ///
    /// - Parameter began: When it was sent. What was sent before the breaker opened can neither close it nor keep it open.
    mutating func ended(_ outcome: Outcome, began: Instant, now: Instant) {
        let isTrial = self.trial.map { began >= $0 } ?? false
        let counts = self.cause == nil || isTrial
        switch outcome {
        case .succeeded:
            self.progressed(now: now)
            // Nearly always there is nothing to reset.
            if self.cause == nil, self.failures.count == 0 { return }
            if self.cause == nil || began >= self.since { self.close() }
        case .undecided:
            if isTrial { self.trial = nil }
        case .failed(let isFast):
            guard counts else { return }
            if isFast { self.failures.insert(now.nanoseconds) }
            self.fail(self.cause == .silence ? .silence : .errors, isTrial: isTrial, now: now)
        case .silent:
            if counts { self.fail(.silence, isTrial: isTrial, now: now) }
        case .unreachable:
            if counts { self.open(.unreachable, now: now) }
        case .refused(let retryAfter):
            if counts { self.rest(now: now) }
            let asked = min(max(0, retryAfter ?? 0), Self.maxTrial)
            self.until = max(self.until, Self.later(now, asked))
        }
    }

    private mutating func fail(_ cause: Cause, isTrial: Bool, now: Instant) {
        self.failures.insert(now.nanoseconds)
        if isTrial || self.areFailuresMany(now) { self.open(cause, now: now) }
    }

    /// A connection could be made, after some could not: the backend has probably been started anew.
    mutating func reached(now: Instant) {
        if self.cause == .unreachable { self.close() }
        if self.cause == .silence { self.until = now }
    }

    /// Looks whether it is silent while others answer.
    ///
    /// - Parameters:
    ///   - active: How many requests are active there.
    ///   - allowance: How long it may be silent, in nanoseconds; see ``silenceAllowance(firstByte:load:)``.
    ///   - elsewhere: When another backend made progress last; `nil` if none did.
    mutating func look(active: Int, allowance: Int64, elsewhere: Instant?, now: Instant) {
        guard self.cause == nil, active > 0, let elsewhere, elsewhere > self.silentSince else { return }
        if now.nanoseconds(since: self.silentSince) > allowance { self.open(.silence, now: now) }
    }

    /// How long a runner may be silent with all its requests, in nanoseconds: four times as long as hardly any first byte takes, and a
    /// load, but at least half a minute.
    ///
    /// - Parameters:
    ///   - firstByte: What 99 of 100 first bytes take at most; `nil` if that is not known.
    ///   - load: What a load takes.
    static func silenceAllowance(firstByte: Int64?, load: Int64) -> Int64 {
        let long = min(max(0, firstByte ?? 0), .max / 4) * 4
        return max(self.leastSilence, long.addingSaturating(max(0, load)))
    }

    /// Whether a failure came far faster than replies do: in less than an eighth of the time. A backend that fails fast has
    /// the fewest active requests, and so draws the most.
    static func isFast(_ time: Int64, usual: Int64?) -> Bool { usual.map { time < $0 / 8 } ?? false }

    // MARK: - The rule

    private mutating func close() {
        self.cause = nil
        self.trial = nil
        self.failures = LastEight()
        self.openings = 0
        self.rests = 0
    }

    private mutating func open(_ cause: Cause, now: Instant) {
        self.openings = min(self.openings + 1, 8)
        // 5 to 6 s, then twice as long each time, at most 50 to 60 s. A trial that meets silence costs its client all the time that it has, and
        // others go elsewhere meanwhile: 25 to 30 s, and at most 250 to 300 s.
        let longest =
            (cause == .silence ? min(300, 15 << Int64(self.openings)) : min(60, 3 << Int64(self.openings)))
            * Self.second
        var random = SeededRandom(seed: self.seed &+ UInt64(self.openings))
        let pause = longest - Int64(Double(longest / 6) * random.unit())
        self.open(cause, for: pause, now: now)
    }

    private mutating func rest(now: Instant) {
        let pause = min(Self.maxRest, Self.second << Int64(self.rests))
        self.rests = min(self.rests + 1, 5)
        self.open(.refusals, for: pause, now: now)
    }

    private mutating func open(_ cause: Cause, for pause: Int64, now: Instant) {
        self.cause = cause
        self.since = now
        self.until = Self.later(now, pause)
        self.trial = nil
        self.failures = LastEight()
    }

    private func areFailuresMany(_ now: Instant) -> Bool {
        guard let first = self.failures.value(before: Self.maxFailures - 1) else { return false }
        let passed = now.nanoseconds.subtractingSaturating(first)
        return passed >= 0 && passed <= Self.failureWindow
    }

    private static func later(_ now: Instant, _ nanoseconds: Int64) -> Instant {
        Instant(nanoseconds: now.nanoseconds.addingSaturating(nanoseconds))
    }
}
