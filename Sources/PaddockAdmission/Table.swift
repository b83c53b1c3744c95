// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Rows in an array, found by an index type of their own. Rows that were freed are used again.
struct Table<Index: TableIndex, Row> {
    private var rows: [Row] = []
    private var free: [Index] = []

    /// How many rows are in use.
    var count: Int { self.rows.count - self.free.count }

    /// The indices of all rows, free ones included.
    var indices: TableIndices<Index> { TableIndices(count: self.rows.count) }

    /// The row at an index; a free one holds what it held last.
    subscript(index: Index) -> Row {
        // A row is up to two kilobytes; `get` would copy it for each field that is read.
        @inline(__always) unsafeAddress {
            precondition(index.row >= 0 && Int(index.row) < self.rows.count)
            return self.rows.withUnsafeBufferPointer { $0.baseAddress.unsafelyUnwrapped + Int(index.row) }
        }
        @inline(__always) _modify { yield &self.rows[Int(index.row)] }
    }

    /// Enters a row, in place of a free one if there is one.
    mutating func insert(_ row: Row) -> Index {
        if let index = self.free.popLast() {
            self.rows[Int(index.row)] = row
            return index
        }
        self.rows.append(row)
        return Index(row: Int32(self.rows.count - 1))
    }

    /// Frees a row.
    mutating func remove(_ index: Index) { self.free.append(index) }
}

/// The indices of the rows of a ``Table``, in order.
struct TableIndices<Index: TableIndex>: Sequence, IteratorProtocol {
    private var row: Int32 = 0
    private let end: Int32

    init(count: Int) {
        self.end = Int32(count)
    }

    mutating func next() -> Index? {
        guard self.row < self.end else { return nil }
        defer { self.row += 1 }
        return Index(row: self.row)
    }
}

extension Table: Sendable where Row: Sendable {}
