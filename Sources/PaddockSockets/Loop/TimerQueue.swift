// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import HeapModule
internal import NIOCore

/// What is to be done later, the earliest first.
struct TimerQueue {
    /// Something to be done at a time, which may be cancelled.
    final class Entry {
        let deadline: NIODeadline
        fileprivate var action: (() -> Void)?

        fileprivate init(_ deadline: NIODeadline, _ action: @escaping () -> Void) {
            self.deadline = deadline
            self.action = action
        }
    }

    private struct Element: Comparable {
        let entry: Entry
        /// Timers with the same deadline fire in the order in which they were added.
        let number: UInt64

        static func < (left: Element, right: Element) -> Bool {
            (left.entry.deadline, left.number) < (right.entry.deadline, right.number)
        }

        static func == (left: Element, right: Element) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Element>()
    private var number: UInt64 = 0
    private var cancelledCount = 0

    /// How many are kept, those included that were cancelled and not yet dropped.
    var count: Int { self.heap.count }

    /// The earliest deadline.
    var next: NIODeadline? {
        mutating get {
            self.dropCancelled()
            return self.heap.min?.entry.deadline
        }
    }

    mutating func add(_ deadline: NIODeadline, _ action: @escaping () -> Void) -> Entry {
        let entry = Entry(deadline, action)
        self.heap.insert(Element(entry: entry, number: self.number))
        self.number += 1
        return entry
    }

    /// Cancels an action; does nothing if it has been done.
    mutating func cancel(_ entry: Entry) {
        guard entry.action != nil else { return }
        entry.action = nil
        self.cancelledCount += 1
        // A sweep costs as many steps as there are timers, so it runs after as many cancels: a few steps per cancel.
        if self.cancelledCount > 64, self.cancelledCount > self.heap.count / 2 {
            self.heap = Heap(self.heap.unordered.filter { $0.entry.action != nil })
            self.cancelledCount = 0
        }
    }

    /// Removes a timer that is due.
    mutating func takeDue(_ now: NIODeadline) -> (() -> Void)? {
        guard let next = self.next, next <= now else { return nil }
        return self.heap.removeMin().entry.action.take()
    }

    private mutating func dropCancelled() {
        while let first = self.heap.min, first.entry.action == nil {
            self.heap.removeMin()
            self.cancelledCount -= 1
        }
    }
}
