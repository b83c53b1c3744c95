// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets

/// Waits for many descriptors by poll(2), which every system has. It costs more the more descriptors there are.
final class PollPoller {
    private var entries: [pollfd] = []
    private var tags: [UInt64] = []
    /// Where each descriptor is among the entries.
    private var positions: [Int32: Int] = [:]

    init() throws {}

    func add(_ descriptor: Int32, _ interest: Readiness, tag: UInt64) throws {
        self.positions[descriptor] = self.entries.count
        self.entries.append(pollfd(fd: descriptor, events: Self.events(interest), revents: 0))
        self.tags.append(tag)
    }

    func change(_ descriptor: Int32, _ interest: Readiness, tag: UInt64) {
        guard let position = self.positions[descriptor] else { return }
        self.entries[position].events = Self.events(interest)
        self.tags[position] = tag
    }

    func remove(_ descriptor: Int32) {
        guard let position = self.positions.removeValue(forKey: descriptor) else { return }
        let last = self.entries.removeLast()
        let tag = self.tags.removeLast()
        guard position < self.entries.count else { return }
        self.entries[position] = last
        self.tags[position] = tag
        self.positions[last.fd] = position
    }

    func wait(milliseconds: Int32, _ body: (_ tag: UInt64, _ readiness: Readiness) -> Void) {
        var left = paddock_poll(&self.entries, self.entries.count, milliseconds)
        guard left > 0 else { return }
        // Collected first: what is done about one may add or remove others.
        var happened: [(tag: UInt64, readiness: Readiness)] = []
        for index in self.entries.indices where self.entries[index].revents != 0 {
            happened.append((self.tags[index], Self.readiness(self.entries[index].revents)))
            left -= 1
            if left == 0 { break }
        }
        for event in happened { body(event.tag, event.readiness) }
    }

    private static func events(_ interest: Readiness) -> Int16 {
        var events = 0
        if interest.contains(.readable) { events |= Int(POLLIN) }
        if interest.contains(.writable) { events |= Int(POLLOUT) }
        return Int16(events)
    }

    private static func readiness(_ events: Int16) -> Readiness {
        var readiness: Readiness = []
        if Int(events) & Int(POLLIN) != 0 { readiness.insert(.readable) }
        if Int(events) & Int(POLLOUT) != 0 { readiness.insert(.writable) }
        if Int(events) & Int(POLLERR | POLLHUP | POLLNVAL) != 0 { readiness.insert(.failed) }
        return readiness
    }
}
