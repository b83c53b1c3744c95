// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An element of an array that can be linked into an ``IntrusiveList``.
protocol Linked {
    var links: Links { get set }
}

/// The neighbours of an element in its list, by index.
struct Links {
    /// In place of the index of a neighbour: there is none.
    static let none: Int32 = -1
    /// In place of the index of a neighbour: the element is in no list.
    private static let unlinked: Int32 = -2

    var previous = Self.unlinked
    var next = Self.unlinked

    var isLinked: Bool { self.previous != Self.unlinked }
}

/// A list of elements that live in an array elsewhere: O(1) at both ends and for a removal in the middle, and no allocation.
///
/// An element may be in one list at a time. The list holds indices only; the array is passed to whatever changes it.
struct IntrusiveList {
    private var head = Links.none
    private var tail = Links.none
    private(set) var count = 0

    var first: Int? { self.head < 0 ? nil : Int(self.head) }

    var last: Int? { self.tail < 0 ? nil : Int(self.tail) }

    /// The element behind one that is in this list.
    func element(after index: Int, in elements: [some Linked]) -> Int? {
        let next = elements[index].links.next
        return next < 0 ? nil : Int(next)
    }

    mutating func append(_ index: Int, in elements: inout [some Linked]) {
        elements[index].links = Links(previous: self.tail, next: Links.none)
        if self.tail < 0 { self.head = Int32(index) } else { elements[Int(self.tail)].links.next = Int32(index) }
        self.tail = Int32(index)
        self.count += 1
    }

    mutating func insert(_ index: Int, before next: Int, in elements: inout [some Linked]) {
        let previous = elements[next].links.previous
        elements[index].links = Links(previous: previous, next: Int32(next))
        elements[next].links.previous = Int32(index)
        if previous < 0 { self.head = Int32(index) } else { elements[Int(previous)].links.next = Int32(index) }
        self.count += 1
    }

    mutating func remove(_ index: Int, in elements: inout [some Linked]) {
        let links = elements[index].links
        if links.previous < 0 { self.head = links.next } else { elements[Int(links.previous)].links.next = links.next }
        if links.next < 0 {
            self.tail = links.previous
        } else {
            elements[Int(links.next)].links.previous = links.previous
        }
        elements[index].links = Links()
        self.count -= 1
    }
}
