// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A heap of small integers by key, the least key first, in which a key can be changed or an element taken out: O(log n).
struct IndexedHeap<Key: Comparable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var element: Int32
    }

    private static var absent: Int32 { -1 }

    private var entries: [Entry] = []
    /// Where each element is among the entries.
    private var positions: [Int32] = []

    var count: Int { self.entries.count }

    /// The element with the least key.
    var min: Int? { self.entries.first.map { Int($0.element) } }

    /// The element at a position: the first has the least key, the others are in no order.
    subscript(position: Int) -> Int { Int(self.entries[position].element) }

    /// The key of the element at a position.
    func key(at position: Int) -> Key { self.entries[position].key }

    /// Enters an element, or changes its key.
    mutating func set(_ element: Int, _ key: Key) {
        while self.positions.count <= element { self.positions.append(Self.absent) }
        let position = Int(self.positions[element])
        guard position >= 0 else {
            self.entries.append(Entry(key: key, element: Int32(element)))
            self.positions[element] = Int32(self.entries.count - 1)
            self.moveUp(self.entries.count - 1)
            return
        }
        let old = self.entries[position].key
        self.entries[position].key = key
        if key < old { self.moveUp(position) } else if old < key { self.moveDown(position) }
    }

    /// Takes an element out, if it is in.
    mutating func remove(_ element: Int) {
        guard element < self.positions.count, self.positions[element] >= 0 else { return }
        let position = Int(self.positions[element])
        self.positions[element] = Self.absent
        let last = self.entries.removeLast()
        guard position < self.entries.count else { return }
        self.entries[position] = last
        self.positions[Int(last.element)] = Int32(position)
        self.moveUp(position)
        self.moveDown(position)
    }

    private mutating func moveUp(_ start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard self.entries[position].key < self.entries[parent].key else { return }
            self.swap(position, parent)
            position = parent
        }
    }

    private mutating func moveDown(_ start: Int) {
        var position = start
        while true {
            let (left, right) = (2 * position + 1, 2 * position + 2)
            guard left < self.entries.count else { return }
            let isRightLess = right < self.entries.count && self.entries[right].key < self.entries[left].key
            let child = isRightLess ? right : left
            guard self.entries[child].key < self.entries[position].key else { return }
            self.swap(position, child)
            position = child
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        self.entries.swapAt(left, right)
        self.positions[Int(self.entries[left].element)] = Int32(left)
        self.positions[Int(self.entries[right].element)] = Int32(right)
    }
}
