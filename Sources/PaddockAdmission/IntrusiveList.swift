// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A row of a ``Table`` that can be linked into an ``IntrusiveList``.
protocol Linked<Index> {
    associatedtype Index: TableIndex
    var links: Links<Index> { get set }
}

/// The neighbours of a row in its list.
struct Links<Index: TableIndex>: Sendable {
    /// In place of the index of a neighbour: there is none.
    private static var none: Int32 { -1 }
    /// In place of the index of a neighbour: the row is in no list.
    private static var unlinked: Int32 { -2 }

    // Not optionals: these take four bytes.
    private var previousRow = Self.unlinked
    private var nextRow = Self.unlinked

    /// The links of a row that is in no list.
    init() {}

    /// The links of a row between two others.
    init(previous: Index?, next: Index?) {
        self.previousRow = previous?.row ?? Self.none
        self.nextRow = next?.row ?? Self.none
    }

    /// Whether the row is in a list.
    var isLinked: Bool { self.previousRow != Self.unlinked }

    /// The row in front, if there is one.
    var previous: Index? {
        get { self.previousRow < 0 ? nil : Index(row: self.previousRow) }
        set { self.previousRow = newValue?.row ?? Self.none }
    }

    /// The row behind, if there is one.
    var next: Index? {
        get { self.nextRow < 0 ? nil : Index(row: self.nextRow) }
        set { self.nextRow = newValue?.row ?? Self.none }
    }
}

/// A list of rows that live in a table elsewhere: O(1) at both ends and for a removal in the middle, and no allocation.
///
/// A row may be in one list at a time. The list holds indices only; the table is passed to whatever changes it.
struct IntrusiveList<Index: TableIndex>: Sendable {
    private var ends = Links<Index>(previous: nil, next: nil)
    private(set) var count = 0

    var first: Index? { self.ends.next }

    var last: Index? { self.ends.previous }

    mutating func append(_ index: Index, in table: inout Table<Index, some Linked<Index>>) {
        let last = self.last
        table[index].links = Links(previous: last, next: nil)
        if let last { table[last].links.next = index } else { self.ends.next = index }
        self.ends.previous = index
        self.count += 1
    }

    mutating func insert(_ index: Index, before next: Index, in table: inout Table<Index, some Linked<Index>>) {
        let previous = table[next].links.previous
        table[index].links = Links(previous: previous, next: next)
        table[next].links.previous = index
        if let previous { table[previous].links.next = index } else { self.ends.next = index }
        self.count += 1
    }

    mutating func remove(_ index: Index, in table: inout Table<Index, some Linked<Index>>) {
        let links = table[index].links
        if let previous = links.previous {
            table[previous].links.next = links.next
        } else {
            self.ends.next = links.next
        }
        if let next = links.next {
            table[next].links.previous = links.previous
        } else {
            self.ends.previous = links.previous
        }
        table[index].links = Links()
        self.count -= 1
    }
}
