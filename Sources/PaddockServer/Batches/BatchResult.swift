// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What became of requests of batch jobs, as the metrics count them.
package enum BatchResult: String, CaseIterable, Sendable {
    /// It is in the output file.
    case completed
    /// It is in the error file, with the error that it got.
    case failed
    /// It is in the error file, as the window of its job ended.
    case expired
    /// It was tried, and will be tried again.
    case retried
}
