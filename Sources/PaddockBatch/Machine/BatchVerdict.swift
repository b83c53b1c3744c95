// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What follows from the end of a request.
package enum BatchVerdict: Equatable, Sendable {
    /// Its line goes to the output file.
    case output
    /// Its line goes to the error file.
    case error
    /// It is tried again later; nothing is written.
    case retry
}
