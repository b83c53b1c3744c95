// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// The deadlines of an exchange (contract section 4): events in, the next deadline out, time as an argument.
struct ExchangeClock {
    /// From the first byte of a head to its end (contract section 5, status 408).
    static let headTimeout = Nanoseconds.seconds(30)
    /// How long a client that has its answer may continue to send an unread request, before it is cut.
    static let lingerTimeout = Nanoseconds.seconds(5)

    /// How long an upload may bring nothing before it is given up. It has no other deadline.
    static let uploadTimeout = Nanoseconds.seconds(30)
    /// How long whoever is asked has to say where a waiting request is, before its client is shown less.
    static let lifePatience = Nanoseconds.seconds(1)

    /// When the first byte of the request arrived.
    private(set) var began = Instant(nanoseconds: 0)
    /// When something has to be done; nil if nothing is due.
    @Compact private(set) var deadline: Instant? = nil
    /// `request_timeout` at the beginning of the request.
    private var requestTimeout = Nanoseconds.zero
    /// The timeout that the client stated.
    @Compact private var statedTimeout: Nanoseconds? = nil
    /// Whether its route has a deadline at all: what passes through has none.
    private var hasRequestTimeout = false
    /// Whether it waits for its slot as long as that takes, and has `request_timeout` from then on.
    private var waitsForever = false
    /// How often the client of a waiting request is shown that it waits; nil for never.
    @Compact private(set) var lifeInterval: Nanoseconds? = nil
    /// Whether somebody has been asked what to show.
    private(set) var isLifeAsked = false

    /// How long the request may take until its reply begins: `request_timeout`, or what its client stated if that is shorter.
    var timeout: Nanoseconds { min(self.requestTimeout, self.statedTimeout ?? self.requestTimeout) }

    /// How long a stream that has begun may send nothing.
    var streamTimeout: Nanoseconds { self.requestTimeout }

    /// Whether its client stated that.
    var isTimeoutStated: Bool { self.statedTimeout.map { $0 <= self.requestTimeout } ?? false }

    /// When the request is out of time, counted from its first byte.
    var requestDeadline: Instant {
        self.waitsForever ? .distantFuture : self.began.advanced(by: self.timeout)
    }

    /// A request begins.
    ///
    /// - Parameters:
    ///   - began: when its first byte arrived.
    ///   - requestTimeout: `request_timeout`.
    mutating func begin(at began: Instant, requestTimeout: Nanoseconds) {
        self.began = began
        self.requestTimeout = requestTimeout
        self.statedTimeout = nil
        self.hasRequestTimeout = false
        self.waitsForever = false
        self.lifeInterval = nil
        self.deadline = nil
    }

    /// Its whole body is taken in first.
    ///
    /// - Parameter statedTimeout: the timeout that its client stated.
    mutating func receives(statedTimeout: Nanoseconds?) {
        self.statedTimeout = statedTimeout
        self.hasRequestTimeout = true
        self.deadline = self.requestDeadline
    }

    /// Its body is an upload, of which something has arrived.
    mutating func uploads(now: Instant) { self.deadline = now.advanced(by: Self.uploadTimeout) }

    /// It may wait for its slot as long as that takes.
    mutating func waitsForSlot() {
        self.waitsForever = true
        self.deadline = nil
    }

    /// Its body is there, and it passes through: it has no deadline.
    mutating func passes() {
        self.hasRequestTimeout = false
        self.deadline = nil
    }

    /// It waits: its deadline is the admission's matter now.
    ///
    /// - Parameters:
    ///   - lifeInterval: how often its client is to be shown that it waits; nil for never.
    ///   - now: the time.
    mutating func waits(showingLifeEvery lifeInterval: Nanoseconds?, now: Instant) {
        self.lifeInterval = lifeInterval
        self.isLifeAsked = false
        self.deadline = lifeInterval.map { now.advanced(by: $0) }
    }

    /// Somebody has been asked what to show to its client.
    mutating func lifeAsked(now: Instant) {
        self.isLifeAsked = true
        self.deadline = now.advanced(by: Self.lifePatience)
    }

    /// Its client was shown that it waits.
    mutating func lifeShown(now: Instant) { self.waits(showingLifeEvery: self.lifeInterval, now: now) }

    /// A backend is to have it.
    ///
    /// - Parameter now: when it got its slot.
    mutating func runs(now: Instant) {
        if self.waitsForever {
            self.deadline = now.advanced(by: self.timeout)
        } else if self.hasRequestTimeout {
            self.deadline = self.requestDeadline
        }
    }

    /// A piece of a reply went out: a stream has `request_timeout` again.
    mutating func streamed(now: Instant) {
        if self.hasRequestTimeout { self.deadline = now.advanced(by: self.requestTimeout) }
    }

    /// It is answered by us, or has ended: nothing is due any more.
    mutating func stops() { self.deadline = nil }
}
