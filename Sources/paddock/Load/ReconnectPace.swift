// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// How often a server that does not take connections is tried again: at first after a tenth of a second, then ever more
/// seldom, at least once a second. While it takes them there is no bound.
struct ReconnectPace: Equatable, Sendable {
    private var pause = Duration.zero
    /// When the next try may be; `nil` while the server takes connections.
    private var next: ContinuousClock.Instant?
    /// Whether a try is out that was allowed here; other failures belong to connections from before.
    private var isTrying = false

    /// Whether a connection may be tried now, and if not, when.
    ///
    /// - Returns: `nil` where it may; this counts as the try, so that others wait for what becomes of it.
    mutating func tryAfter(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let next = self.next else { return nil }
        guard next <= now else { return next }
        self.next = now + self.pause
        self.isTrying = true
        return nil
    }

    mutating func failed(now: ContinuousClock.Instant) {
        guard self.next == nil || self.isTrying else { return }
        self.isTrying = false
        self.pause = min(max(self.pause * 2, .milliseconds(100)), .seconds(1))
        self.next = now + self.pause
    }

    mutating func succeeded() { self = ReconnectPace() }
}
