// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The index of a row in a ``Table``.
///
/// Each table has an index type of its own, so that the index of a model cannot be used where that of a client is expected.
protocol TableIndex: Hashable, Sendable {
    /// The number of the row, from 0.
    var row: Int32 { get }

    init(row: Int32)
}

/// The index of a model in ``ModelTable``.
struct ModelIndex: TableIndex {
    let row: Int32
}

/// The index of a client among the clients of one model, in ``ClientTable``.
struct ClientIndex: TableIndex {
    let row: Int32
}

/// The index of a live request in ``RequestTable``.
struct RequestIndex: TableIndex {
    let row: Int32
}

/// The index of a runner in ``RunnerTable``.
struct RunnerIndex: TableIndex {
    let row: Int32
}
