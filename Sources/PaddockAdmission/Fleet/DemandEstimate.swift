// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// How often a runner is asked for, and how soon its clients come back once it is idle.
struct DemandEstimate: Sendable {
    /// The longest pause that is told from a longer one, in nanoseconds: an hour. How long something was not used is known
    /// without it.
    static let longest: Int64 = 3_600_000_000_000
    /// The pause between arrivals as long as there was only one, in nanoseconds: a minute.
    static let unknown: Int64 = 60_000_000_000
    /// The shortest pause that is told from a shorter one, in nanoseconds: requests that come together are one use.
    static let shortest: Int64 = 50_000_000

    /// When something of it arrived or ended last; `nil` if nothing ever did.
    private(set) var lastUse: Instant?
    /// When it fell idle: nothing of it waits or is active.
    private(set) var idleSince = Instant(nanoseconds: .min)
    private var lastArrival: Instant?
    /// Nanoseconds between arrivals, the latest one counting a fifth; below zero if there was at most one.
    private var gap: Int64 = -1
    private var think: Int64 = -1
    private var hasFallenIdle = false

    /// How long it was idle until the next request came, in nanoseconds, the latest time counting three tenths; `nil` if it never
    /// fell idle.
    var thinkTime: Int64? { self.think < 0 ? nil : self.think }

    /// A request arrives.
    ///
    /// - Parameter isIdle: Whether nothing of the runner waits or is active yet.
    mutating func arrived(now: Instant, isIdle: Bool) {
        if let last = self.lastArrival, let pause = Self.pause(from: last, to: now) {
            self.gap = self.gap < 0 ? pause : (4 * self.gap + pause) / 5
        }
        if isIdle, self.hasFallenIdle, let pause = Self.pause(from: self.idleSince, to: now) {
            self.think = self.think < 0 ? pause : (7 * self.think + 3 * pause) / 10
        }
        self.hasFallenIdle = false
        self.lastArrival = now
        self.lastUse = now
    }

    /// Nothing of it waits or is active any more.
    mutating func fellIdle(now: Instant) {
        self.idleSince = now
        self.hasFallenIdle = true
        self.lastUse = now
    }

    /// How often it is asked for, per second: 0 if it never was, at most 20.
    ///
    /// It falls as the runner is not used, however often it was asked for before.
    func rate(now: Instant) -> Double {
        guard let lastUse = self.lastUse else { return 0 }
        let pause = max(self.gap < 0 ? Self.unknown : self.gap, now.nanoseconds(since: lastUse), Self.shortest)
        return 1e9 / Double(pause)
    }

    /// The time between two events, at most ``longest``; `nil` if the clock went backwards.
    private static func pause(from earlier: Instant, to later: Instant) -> Int64? {
        let pause = later.nanoseconds(since: earlier)
        return pause < 0 ? nil : min(pause, self.longest)
    }
}
