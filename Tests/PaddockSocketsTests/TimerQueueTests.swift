// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import PaddockSockets

@Suite("Timers")
struct TimerQueueTests {
    private func time(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    private final class Log { var done: [String] = [] }

    @Test("The earliest fires first, those with one deadline in order, and none too early")
    func order() {
        var timers = TimerQueue()
        let log = Log()
        for (name, seconds) in [("c", 3), ("a", 1), ("b1", 2), ("b2", 2)] as [(String, UInt64)] {
            _ = timers.add(self.time(seconds)) { log.done.append(name) }
        }
        #expect(timers.next == self.time(1))
        #expect(timers.takeDue(self.time(0)) == nil)
        while let action = timers.takeDue(self.time(2)) { action() }
        #expect(log.done == ["a", "b1", "b2"])
        #expect(timers.next == self.time(3))
    }

    @Test("A cancelled timer does not fire, whenever it is cancelled")
    func cancel() {
        var timers = TimerQueue()
        let log = Log()
        let first = timers.add(self.time(1)) { log.done.append("first") }
        let second = timers.add(self.time(2)) { log.done.append("second") }
        timers.cancel(first)
        timers.cancel(first)
        #expect(timers.next == self.time(2))
        timers.takeDue(self.time(2))?()
        timers.cancel(second)
        #expect(log.done == ["second"])
        #expect(timers.next == nil)
    }

    /// A request that ends early cancels its timer; those of a busy hour must not stay until their time.
    @Test("Many that are cancelled hold no memory until their time")
    func many() {
        var timers = TimerQueue()
        let kept = timers.add(self.time(1_000_000)) {}
        for _ in 0..<100_000 { timers.cancel(timers.add(self.time(1_000_000)) {}) }
        #expect(timers.count < 1_000)
        withExtendedLifetime(kept) {}
    }
}
