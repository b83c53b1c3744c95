// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import NIOCore

/// Waits for many descriptors at once, level-triggered: what is left unread is reported again by the next wait.
final class Poller {
    /// How many descriptors one wait reports at most; the others are reported by the next.
    private static let maxEvents = 256

    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<paddock_event>

    init() throws {
        self.descriptor = try SystemCall.check(paddock_poller(), "epoll or kqueue")
        self.events = .allocate(capacity: Self.maxEvents)
    }

    deinit {
        _ = paddock_close(self.descriptor)
        self.events.deallocate()
    }

    /// Begins to watch a descriptor, until it is closed; events of it carry `tag`.
    func add(_ descriptor: Int32, _ interest: Readiness, tag: UInt64) throws(IOError) {
        try SystemCall.check(paddock_poller_add(self.descriptor, descriptor, interest.rawValue, tag), "watch")
    }

    /// Watches it for something else from now on.
    func change(_ descriptor: Int32, from before: Readiness, to interest: Readiness, tag: UInt64) {
        _ = paddock_poller_change(self.descriptor, descriptor, before.rawValue, interest.rawValue, tag)
    }

    /// Watches it no longer; for one that stays open.
    func remove(_ descriptor: Int32, _ interest: Readiness) {
        _ = paddock_poller_remove(self.descriptor, descriptor, interest.rawValue)
    }

    /// Waits until something happens, or the time is over.
    ///
    /// - Parameters:
    ///   - milliseconds: the longest wait; negative for ever.
    ///   - returned: called when the wait is over.
    ///   - body: called for each descriptor to which something happens.
    func wait(
        milliseconds: Int32,
        returned: () -> Void = {},
        _ body: (_ tag: UInt64, _ readiness: Readiness) -> Void
    ) {
        let count = paddock_poller_wait(
            self.descriptor,
            self.events.baseAddress,
            Int32(self.events.count),
            milliseconds
        )
        returned()
        guard count > 0 else { return }
        for event in self.events[..<Int(count)] { body(event.tag, Readiness(rawValue: event.readiness)) }
    }
}
