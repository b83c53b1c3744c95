// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The index of a backend, in the order of the configuration.
@usableFromInline
package struct BackendIndex: Hashable, Comparable, Sendable, TableIndex {
    /// The number of backends that the configuration lists in front of it.
    @usableFromInline package let row: Int32

    init(row: Int32) {
        self.row = row
    }

    /// Makes an index.
    ///
    /// - Parameter value: How many backends the configuration lists in front of it.
    package init(_ value: Int) {
        self.row = Int32(value)
    }

    /// The index as a number, from 0.
    @inlinable
    package var value: Int { Int(self.row) }

    /// Whether the configuration lists one backend in front of another.
    @inlinable
    package static func < (left: BackendIndex, right: BackendIndex) -> Bool { left.row < right.row }
}
