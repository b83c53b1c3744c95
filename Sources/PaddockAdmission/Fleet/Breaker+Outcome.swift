// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Breaker.Outcome {
    /// What the end of a request says about its backend.
    ///
    /// - Parameter isFast: Whether it ended far sooner than usual.
    init(_ ending: Ending, _ progress: ReplyProgress, isFast: Bool) {
        switch ending {
        case .completed where progress.status >= 500 && progress.status != 503: self = .failed(isFast: isFast)
        // A refusal is told by itself.
        case .completed: self = progress.isError ? .undecided : .succeeded
        case .failed: self = .failed(isFast: isFast)
        case .timedOut where progress.firstByte == nil: self = .silent
        default: self = .undecided
        }
    }
}
