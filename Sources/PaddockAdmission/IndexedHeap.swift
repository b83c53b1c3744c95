// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A heap of rows by key, the least key first, in which a key can be changed or a row taken out: O(log n).
struct IndexedHeap<Index: TableIndex, Key: Comparable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var element: Index
    }

    private static var absent: Int32 { -1 }

    private var entries: [Entry] = []
    /// Where each element is among the entries.
    private var positions: [Int32] = []

    var count: Int { self.entries.count }

    /// The element with the least key.
    var min: Index? { self.entries.first?.element }

    /// The element at a position: the first has the least key, the others are in no order.
    subscript(position: Int) -> Index { self.entries[position].element }

    /// The key of the element at a position.
    func key(at position: Int) -> Key { self.entries[position].key }

    /// Enters an element, or changes its key.
    mutating func set(_ element: Index, _ key: Key) {
        let row = Int(element.row)
        while self.positions.count <= row { self.positions.append(Self.absent) }
        let position = Int(self.positions[row])
        guard position >= 0 else {
            self.entries.append(Entry(key: key, element: element))
            self.positions[row] = Int32(self.entries.count - 1)
            self.moveUp(self.entries.count - 1)
            return
        }
        let old = self.entries[position].key
        self.entries[position].key = key
        if key < old { self.moveUp(position) } else if old < key { self.moveDown(position) }
    }

    /// Takes an element out, if it is in.
    mutating func remove(_ element: Index) {
        let row = Int(element.row)
        guard row < self.positions.count, self.positions[row] >= 0 else { return }
        let position = Int(self.positions[row])
        self.positions[row] = Self.absent
        let last = self.entries.removeLast()
        guard position < self.entries.count else { return }
        self.entries[position] = last
        self.positions[Int(last.element.row)] = Int32(position)
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
        self.positions[Int(self.entries[left].element.row)] = Int32(left)
        self.positions[Int(self.entries[right].element.row)] = Int32(right)
    }
}
