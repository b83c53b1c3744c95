// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Whether loads on a backend come to an end.
///
/// Ollama's scheduler can hang (ollama#17408): the server answers and goes on with what is loaded, but no load ends until it is started
/// anew. Such a backend is *wedged*: it gets no loads but one on trial now and then. It is judged only when it has just
/// answered `/api/ps` and does not list what it loads: a server that answers nothing is down, not wedged.
struct LoaderHealth: Sendable {
    /// The longest pause between two trials, as a multiple of ``FleetPolicy/wedgeAfter``.
    private static let maxPause: Int64 = 10

    /// The model whose load does not end; `nil` if the backend is not wedged.
    private(set) var stuckModel: ModelName?
    /// When the next load may be tried; of use only if the backend is wedged.
    private(set) var until = Instant(nanoseconds: .min)
    /// When a load ended last, or the backend came back.
    private var lastEnd = Instant(nanoseconds: .min)
    /// How long loads have lasted whose clients left before it was known whether they would end, in nanoseconds.
    private var inVain: Int64 = 0
    private var verdicts: UInt8 = 0

    /// Whether no load ends.
    @inline(__always)
    var isWedged: Bool { self.stuckModel != nil }

    /// Whether a load may begin.
    func mayLoad(at now: Instant) -> Bool { !self.isWedged || now >= self.until }

    /// Looks at a load that goes on.
    ///
    /// - Parameters:
    ///   - model: What is loaded.
    ///   - since: When the load began.
    ///   - expected: How long it should take, in nanoseconds.
    ///   - least: How long any load may take, in nanoseconds: ``FleetPolicy/wedgeAfter``.
    /// - Returns: Whether it is stuck.
    mutating func isStuck(_ model: ModelName, since: Instant, expected: Int64, least: Int64, now: Instant) -> Bool {
        let allowance = max(least, max(0, expected).multipliedSaturating(by: 4))
        guard self.inVain.addingSaturating(self.age(since: since, now: now)) > allowance else { return false }
        if !self.isJudged(since) {
            let pause = least.multipliedSaturating(by: min(Self.maxPause, 1 << Int64(self.verdicts)))
            self.verdicts = min(self.verdicts + 1, 4)
            self.until = now.later(by: pause)
            self.inVain = 0
            self.stuckModel = model
        }
        return true
    }

    /// Whether the load that began then is the one for which the backend counts as wedged.
    private func isJudged(_ since: Instant) -> Bool { self.isWedged && since < self.until }

    /// The clients of a load have left.
    mutating func gaveUp(since: Instant, now: Instant) {
        guard !self.isJudged(since) else { return }
        self.inVain = self.inVain.addingSaturating(self.age(since: since, now: now))
    }

    /// A load has ended or failed, or the backend came back: loads are not stuck.
    mutating func recovered(now: Instant) {
        self = LoaderHealth()
        self.lastEnd = now
    }

    private func age(since: Instant, now: Instant) -> Int64 { max(0, now.nanoseconds(since: max(since, self.lastEnd))) }
}
