// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
internal import CSockets

/// Waits for many descriptors by epoll(7), level-triggered: what is left unread is reported again.
final class EpollPoller {
    /// How many descriptors one wait reports at most; the others are reported by the next.
    private static let maxEvents = 256

    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<paddock_event>

    init() throws {
        self.descriptor = try SystemCall.check(paddock_epoll(), "epoll_create1")
        self.events = .allocate(capacity: Self.maxEvents)
    }

    deinit {
        _ = paddock_close(self.descriptor)
        self.events.deallocate()
    }

    /// Begins to watch a descriptor; `tag` comes back with what happens to it.
    func add(_ descriptor: Int32, _ interest: Readiness, tag: UInt64) throws {
        try SystemCall.check(paddock_epoll_add(self.descriptor, descriptor, interest.rawValue, tag), "epoll_ctl")
    }

    func change(_ descriptor: Int32, _ interest: Readiness, tag: UInt64) {
        _ = paddock_epoll_change(self.descriptor, descriptor, interest.rawValue, tag)
    }

    /// To be called before the descriptor is closed, with which the kernel forgets it.
    func remove(_ descriptor: Int32) {}

    /// Waits until something happens, or the time is over.
    ///
    /// - Parameter milliseconds: how long at most; negative for ever.
    func wait(milliseconds: Int32, _ body: (_ tag: UInt64, _ readiness: Readiness) -> Void) {
        let count = paddock_epoll_wait(
            self.descriptor, self.events.baseAddress, Int32(self.events.count), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = self.events[index]
            body(event.tag, Readiness(rawValue: event.readiness))
        }
    }
}
#endif
