// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CEpoll
import Glibc

/// One epoll instance, level-triggered, and the buffer that its events land in.
package final class EventPoll {
    /// What to wait for.
    ///
    /// Errors and hang-ups are always reported, as readable.
    package struct Interest: OptionSet {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let read = Interest(rawValue: EPOLLIN.rawValue)
        package static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    /// A descriptor that is ready.
    package struct Event {
        package let descriptor: Int32
        package let readable: Bool
        package let writable: Bool
    }

    private let descriptor: Int32
    private let capacity = 512
    private let buffer: UnsafeMutablePointer<epoll_event>

    package init() throws {
        self.descriptor = epoll_create1(0)
        guard self.descriptor >= 0 else {
            throw SystemFailure(call: "epoll_create1")
        }
        self.buffer = .allocate(capacity: self.capacity)
        self.buffer.initialize(repeating: epoll_event(), count: self.capacity)
    }

    deinit {
        close(self.descriptor)
        self.buffer.deinitialize(count: self.capacity)
        self.buffer.deallocate()
    }

    package func add(_ target: Int32, for interest: Interest) {
        self.control(EPOLL_CTL_ADD, target, interest)
    }

    package func modify(_ target: Int32, for interest: Interest) {
        self.control(EPOLL_CTL_MOD, target, interest)
    }

    /// Waits until something is ready.
    ///
    /// - Parameter timeout: The longest wait in nanoseconds; 0 only looks, nil waits for ever. To the nanosecond and not
    ///   to the millisecond of `epoll_wait`, because the paced lines would otherwise all leave in bunches.
    /// - Returns: How many events there are; read them with the subscript.
    package func wait(timeout: Int64?) -> Int {
        let count: Int32
        if let timeout {
            var time = timespec(tv_sec: Int(timeout / 1_000_000_000), tv_nsec: Int(timeout % 1_000_000_000))
            count = epoll_pwait2(self.descriptor, self.buffer, Int32(self.capacity), &time, nil)
        } else {
            count = epoll_pwait2(self.descriptor, self.buffer, Int32(self.capacity), nil, nil)
        }
        return max(0, Int(count))
    }

    package subscript(index: Int) -> Event {
        let event = self.buffer[index]
        let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
        return Event(
            descriptor: event.data.fd,
            readable: event.events & (EPOLLIN.rawValue | broken) != 0,
            writable: event.events & EPOLLOUT.rawValue != 0
        )
    }

    private func control(_ operation: Int32, _ target: Int32, _ interest: Interest) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.fd = target
        guard epoll_ctl(self.descriptor, operation, target, &event) == 0 else {
            fatalError("epoll_ctl on a descriptor that is not open: \(SystemFailure(call: "epoll_ctl"))")
        }
    }
}
