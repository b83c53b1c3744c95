// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// A timer for a deadline that mostly moves away before it is reached.
///
/// Moving the deadline later costs nothing: the timer fires at the old one, sees that it was moved, and is set anew. So
/// a busy connection sets a timer once per timeout and not once per request.
struct LazyTimer {
    private var setFor: NIODeadline?
    private var action: ScheduledAction?

    /// Sees to it that something is done at the deadline at the latest.
    mutating func update(_ deadline: NIODeadline?, on eventLoop: SocketLoop, _ action: @escaping () -> Void) {
        guard let deadline else { return }
        if let setFor = self.setFor {
            guard deadline < setFor else { return }
            if let action = self.action { eventLoop.cancel(action) }
        }
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
