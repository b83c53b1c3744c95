// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// A timer for a deadline that mostly moves away before it is reached.
///
/// Moving the deadline later costs nothing: the timer fires at the old one, sees that it was moved, and is set anew. So
/// a busy connection sets a timer once per timeout and not once per request.
struct LazyTimer {
    private var setFor: NIODeadline?
    private var callback: NIOScheduledCallback?

    /// Sees to it that the handler is called at the deadline at the latest.
    mutating func update(
        _ deadline: NIODeadline?,
        handler: some NIOScheduledCallbackHandler,
        on eventLoop: any EventLoop
    ) {
        guard let deadline else { return }
        if let setFor = self.setFor {
            guard deadline < setFor else { return }
            self.callback?.cancel()
        }
        self.setFor = deadline
        // It fails only on an event loop that has shut down, where no deadline matters.
        self.callback = try? eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: handler)
    }

    /// Takes note that the handler was called.
    ///
    /// - Returns: whether the deadline is reached.
    mutating func fired(_ deadline: NIODeadline?, now: NIODeadline) -> Bool {
        self.setFor = nil
        self.callback = nil
        guard let deadline else { return false }
        return deadline <= now
    }

    /// Stops the timer.
    mutating func cancel(on eventLoop: any EventLoop) {
        if let callback = self.callback { eventLoop.assumeIsolated().cancelScheduledCallback(callback) }
        self.callback = nil
        self.setFor = nil
    }
}
