// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("Breaker")
struct BreakerTests {
    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    /// Opened at second 0 by a connection that could not be made.
    private func opened(seed: UInt64 = 1) -> Breaker {
        var breaker = Breaker(seed: seed)
        breaker.began(active: 0, now: self.at(0))
        breaker.ended(.unreachable, began: self.at(0), now: self.at(0))
        return breaker
    }

    private func fail(_ breaker: inout Breaker, at seconds: Double, isFast: Bool = false) {
        breaker.began(active: 0, now: self.at(seconds))
        breaker.ended(.failed(isFast: isFast), began: self.at(seconds), now: self.at(seconds))
    }

    @Test("A new one is closed")
    func new() {
        let breaker = Breaker(seed: 1)
        #expect(breaker.use(at: self.at(0)) == .free)
        #expect(breaker.state(at: self.at(0)) == .ok)
    }

    @Test("Three failures in a row within 30 seconds open it")
    func failures() {
        var breaker = Breaker(seed: 1)
        for second in 0..<2 { self.fail(&breaker, at: Double(second)) }
        #expect(breaker.cause == nil)
        self.fail(&breaker, at: 30)
        #expect(breaker.cause == .errors)
        #expect(breaker.state(at: self.at(30)) == .open)
        #expect(breaker.use(at: self.at(30)) == .none)
    }

    @Test("Failures that are far apart, or with a success between them, do not")
    func failuresApart() {
        var breaker = Breaker(seed: 1)
        for step in 0..<40 { self.fail(&breaker, at: 16 * Double(step)) }
        #expect(breaker.cause == nil)
        for step in 0..<40 {
            self.fail(&breaker, at: 700 + Double(step))
            if step % 2 == 1 {
                breaker.ended(.succeeded, began: self.at(0), now: self.at(700 + Double(step)))
            }
        }
        #expect(breaker.cause == nil)
    }

    @Test("Failures that come far faster than replies count twice")
    func fastFailures() {
        var breaker = Breaker(seed: 1)
        self.fail(&breaker, at: 0, isFast: true)
        #expect(breaker.cause == nil)
        self.fail(&breaker, at: 1, isFast: true)
        #expect(breaker.cause == .errors)
        #expect(Breaker.isFast(10, usual: 100))
        #expect(!Breaker.isFast(20, usual: 100))
        #expect(!Breaker.isFast(0, usual: nil))
    }

    @Test("A connection that cannot be made opens it at once; then one trial at a time")
    func unreachable() {
        var breaker = self.opened()
        #expect(breaker.cause == .unreachable)
        #expect(breaker.use(at: self.at(4.9)) == .none)
        #expect(breaker.use(at: self.at(6)) == .trial)
        breaker.began(active: 0, now: self.at(6))
        #expect(breaker.use(at: self.at(7)) == .none)
        #expect(breaker.state(at: self.at(7)) == .halfOpen)
        breaker.ended(.succeeded, began: self.at(6), now: self.at(8))
        #expect(breaker.use(at: self.at(8)) == .free)
        #expect(breaker.state(at: self.at(8)) == .ok)
    }

    @Test("Each trial that fails doubles the pause, from 5 to 60 seconds", arguments: 1...20 as ClosedRange<UInt64>)
    func pauses(seed: UInt64) {
        var breaker = self.opened(seed: seed)
        var now = self.at(0)
        for longest in [6, 12, 24, 48, 60, 60, 60, 60, 60, 60] {
            let pause = Double(breaker.until.nanoseconds(since: now)) / 1e9
            #expect(pause >= Double(longest) * 5 / 6 && pause <= Double(longest), "\(pause)")
            now = breaker.until
            #expect(breaker.use(at: now) == .trial)
            breaker.began(active: 0, now: now)
            breaker.ended(.unreachable, began: now, now: now)
        }
    }

    @Test("Timeouts without a first byte are silence, after which pauses are from 25 to 300 seconds")
    func silentPauses() {
        var breaker = Breaker(seed: 3)
        for second in 0..<3 {
            #expect(breaker.cause == nil)
            breaker.began(active: 0, now: self.at(Double(second)))
            breaker.ended(.silent, began: self.at(Double(second)), now: self.at(Double(second)))
        }
        #expect(breaker.cause == .silence)
        var now = self.at(2)
        for longest in [30, 60, 120, 240, 300, 300, 300] {
            let pause = Double(breaker.until.nanoseconds(since: now)) / 1e9
            #expect(pause >= Double(longest) * 5 / 6 && pause <= Double(longest), "\(pause)")
            now = breaker.until
            #expect(breaker.use(at: now) == .trial)
            breaker.began(active: 0, now: now)
            breaker.ended(.silent, began: now, now: now)
        }
        breaker.progressed(now: now)
        #expect(breaker.use(at: now) == .free, "any byte is a sign of life")
    }

    @Test("A backend that was silent and has been started anew is tried at once")
    func startedAnew() {
        var breaker = Breaker(seed: 3)
        for second in 0..<3 { breaker.ended(.silent, began: self.at(Double(second)), now: self.at(Double(second))) }
        #expect(breaker.use(at: self.at(4)) == .none)
        breaker.reached(now: self.at(4))
        #expect(breaker.use(at: self.at(4)) == .trial)
    }

    @Test("Pauses follow from the seed")
    func jitter() {
        #expect(self.opened(seed: 7).until == self.opened(seed: 7).until)
        #expect(Set((0..<20).map { self.opened(seed: $0).until }).count > 15)
    }

    @Test("A trial that tells nothing makes room for the next one; so does one that takes a minute")
    func undecided() {
        var breaker = self.opened()
        breaker.began(active: 0, now: self.at(6))
        breaker.ended(.undecided, began: self.at(6), now: self.at(7))
        #expect(breaker.use(at: self.at(7)) == .trial)
        breaker.began(active: 0, now: self.at(8))
        #expect(breaker.use(at: self.at(67)) == .none)
        #expect(breaker.use(at: self.at(68)) == .trial)
    }

    @Test("What was sent before it opened neither closes it nor keeps it open")
    func earlierRequests() {
        var breaker = Breaker(seed: 1)
        breaker.began(active: 0, now: self.at(0))
        for second in 1...5 { self.fail(&breaker, at: Double(second)) }
        let until = breaker.until
        breaker.ended(.succeeded, began: self.at(0), now: self.at(6))
        breaker.ended(.failed(isFast: true), began: self.at(0), now: self.at(6))
        breaker.ended(.unreachable, began: self.at(0), now: self.at(6))
        #expect(breaker.cause == .errors)
        #expect(breaker.until == until)
        #expect(breaker.lastProgress == self.at(6))
    }

    @Test("A refusal is a rest of 1, 2, 4 to 30 seconds for all that were refused together")
    func refusals() {
        var breaker = Breaker(seed: 1)
        var now = self.at(0)
        for rest in [1, 2, 4, 8, 16, 30, 30, 30] {
            for active in 0..<4 { breaker.began(active: active, now: now) }
            for _ in 0..<4 { breaker.ended(.refused(retryAfter: nil), began: now, now: now) }
            #expect(breaker.cause == .refusals)
            #expect(breaker.until.nanoseconds(since: now) == Int64(rest) * 1_000_000_000)
            now = breaker.until
            #expect(breaker.use(at: now) == .trial)
        }
        breaker.began(active: 0, now: now)
        breaker.ended(.succeeded, began: now, now: now)
        #expect(breaker.use(at: now) == .free)
    }

    @Test(
        "What the backend asks for is respected, up to a minute",
        arguments: [(0, 1), (5, 5), (59, 59), (61, 60), (-3, 1), (1 << 33, 60)] as [(Int64, Int64)]
    )
    func retryAfter(asked: Int64, rest: Int64) {
        var breaker = Breaker(seed: 1)
        breaker.ended(.refused(retryAfter: asked * 1_000_000_000), began: self.at(0), now: self.at(0))
        #expect(breaker.until == self.at(Double(rest)))
    }

    @Test("Silence is suspicious only if others answer, and progress ends the suspicion")
    func silence() {
        var breaker = Breaker(seed: 1)
        let allowance = Breaker.silenceAllowance(firstByte: 2_000_000_000, load: 5_000_000_000)
        #expect(allowance == 30_000_000_000)
        #expect(Breaker.silenceAllowance(firstByte: 10_000_000_000, load: 5_000_000_000) == 45_000_000_000)
        breaker.began(active: 0, now: self.at(0))
        breaker.began(active: 1, now: self.at(20))
        breaker.look(active: 2, allowance: allowance, elsewhere: self.at(10), now: self.at(30))
        breaker.look(active: 2, allowance: allowance, elsewhere: nil, now: self.at(40))
        breaker.look(active: 2, allowance: allowance, elsewhere: self.at(-1), now: self.at(40))
        breaker.look(active: 0, allowance: allowance, elsewhere: self.at(10), now: self.at(40))
        #expect(breaker.cause == nil)
        breaker.look(active: 2, allowance: allowance, elsewhere: self.at(10), now: self.at(31))
        #expect(breaker.state(at: self.at(31)) == .suspect)
        #expect(breaker.use(at: self.at(31)) == .none)
        breaker.progressed(now: self.at(32))
        #expect(breaker.use(at: self.at(32)) == .free)
        breaker.look(active: 2, allowance: allowance, elsewhere: self.at(60), now: self.at(61))
        #expect(breaker.cause == nil, "it was silent for 29 s")
    }

    @Test("A backend that hangs costs one request at a time")
    func hang() {
        var breaker = Breaker(seed: 1)
        breaker.began(active: 0, now: self.at(0))
        breaker.look(active: 1, allowance: Breaker.leastSilence, elsewhere: self.at(20), now: self.at(31))
        #expect(breaker.use(at: self.at(55)) == .none)
        #expect(breaker.use(at: self.at(61)) == .trial)
        breaker.began(active: 1, now: self.at(61))
        breaker.ended(.silent, began: self.at(61), now: self.at(91))
        #expect(breaker.state(at: self.at(91)) == .suspect)
        #expect(breaker.use(at: self.at(140)) == .none)
        #expect(breaker.use(at: self.at(152)) == .trial)
    }

    @Test("Whatever happens, it never stays closed to requests for long", arguments: 1...60 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var breaker = Breaker(seed: seed)
        var sent: [Instant] = []
        var now = self.at(0)
        var openings = 0
        for step in 0..<2_000 {
            // Now and then the clock jumps, in either direction.
            if random.number(below: 200) == 0 {
                now = Instant(nanoseconds: Int64(bitPattern: random.next()))
            } else {
                now = Instant(nanoseconds: now.nanoseconds &+ Int64(random.number(below: 3_000)) * 1_000_000)
            }
            let wasOpen = breaker.cause != nil
            switch random.number(below: 10) {
            case 0..<4:
                breaker.began(active: sent.count, now: now)
                sent.append(now)
            case 4: breaker.progressed(now: now)
            case 5:
                let allowance = Breaker.silenceAllowance(firstByte: Int64(bitPattern: random.next()), load: .max)
                #expect(allowance >= Breaker.leastSilence)
                breaker.look(active: sent.count, allowance: Breaker.leastSilence, elsewhere: now, now: now)
            default:
                guard !sent.isEmpty else { break }
                let outcomes: [Breaker.Outcome] = [
                    .succeeded, .undecided, .failed(isFast: true), .failed(isFast: false), .failed(isFast: false),
                    .unreachable, .silent,
                    .refused(retryAfter: nil), .refused(retryAfter: Int64(bitPattern: random.next())),
                ]
                let outcome = outcomes[random.number(below: outcomes.count)]
                breaker.ended(outcome, began: sent.remove(at: random.number(below: sent.count)), now: now)
            }
            if !wasOpen, breaker.cause != nil { openings += 1 }
            #expect((breaker.cause == nil) == (breaker.use(at: now) == .free), "seed \(seed), step \(step)")
            // At the latest six minutes later somebody may try.
            let later = Instant(nanoseconds: now.nanoseconds.addingSaturating(360_000_000_000))
            if later < .distantFuture { #expect(breaker.use(at: later) != .none, "seed \(seed), step \(step)") }
        }
        #expect(openings > 10, "seed \(seed) drove nothing")
    }
}
