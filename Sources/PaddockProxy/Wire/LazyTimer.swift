// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// A timer for a deadline that mostly moves away before it is reached.
///
/// Moving the deadline later costs nothing: the timer fires at the old one, sees that it was moved, and is set again. So
/// a busy connection sets a timer once per timeout and not once per request.
struct LazyTimer {
    private var setFor: NIODeadline?
    private var action: ScheduledAction?

    /// Whether nothing would be done at a deadline yet. Asked before ``set(_:on:_:)``, so that a deadline that has only moved
    /// away costs no closure.
    @inline(__always)
    func isTooLate(for deadline: NIODeadline) -> Bool { self.setFor.map { deadline < $0 } ?? true }

    /// Does something at the deadline, and not at a later one that was set before.
    mutating func set(_ deadline: NIODeadline, on eventLoop: SocketLoop, _ action: @escaping () -> Void) {
        if let action = self.action { eventLoop.cancel(action) }
        self.setFor = deadline
        self.action = eventLoop.schedule(at: deadline, action)
    }

    /// Takes note that it was done.
    ///
    /// - Returns: whether the deadline is reached.
    mutating func fired(_ deadline: NIODeadline?, now: NIODeadline) -> Bool {
        self.setFor = nil
        self.action = nil
        guard let deadline else { return false }
        return deadline <= now
    }

    /// Stops the timer.
    mutating func cancel(on eventLoop: SocketLoop) {
        if let action = self.action { eventLoop.cancel(action) }
        self.action = nil
        self.setFor = nil
    }
}
