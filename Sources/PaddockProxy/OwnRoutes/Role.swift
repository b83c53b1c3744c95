// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a request may do on Paddock's own routes, from the least to the most (contract section 7).
package enum Role: Comparable, Sendable {
    /// Know what everyone may: counts, models and backends.
    case stranger
    /// Read everything.
    case viewer
    /// Read and change everything.
    case admin

    /// Its name in replies.
    package var name: String { "\(self)" }
}
