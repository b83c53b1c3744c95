// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The number of a coordinator's time in office. Terms only grow: of two coordinators the one with the greater term is right.
package struct Term: Hashable, Comparable, Sendable {
    /// The number; 0 is before the first term.
    package let number: UInt64

    /// Makes a term of a number.
    package init(_ number: UInt64) { self.number = number }

    /// The greatest number: stores and JSON can say no greater one exactly.
    private static let most: UInt64 = (1 << 53) - 1

    /// Makes a term of a number that somebody else has told; nil if it is none.
    package init?(told number: UInt64) {
        guard number <= Self.most else { return nil }
        self.number = number
    }

    /// The next one; nil after the last.
    package var next: Term? { Term(told: self.number + 1) }

    /// Before the first coordinator.
    package static let none = Term(0)

    /// The one before which there was none, as far as anybody knows.
    static let first = Term(1)

    /// Whether one term is older than another.
    package static func < (left: Term, right: Term) -> Bool { left.number < right.number }
}
