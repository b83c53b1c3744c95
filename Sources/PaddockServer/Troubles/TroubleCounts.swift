// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What became of requests, counted.
struct TroubleCounts: SlidingValue, Equatable {
    /// Requests that arrived.
    var requests = 0
    /// Replies that backends began.
    var replies = 0
    /// Those of them with a status of 500 and above.
    var errors = 0
    /// Those of them with a status of 400 to 499.
    var refusals = 0
    /// Requests that a backend answered in full.
    var completed = 0
    /// Requests that were rejected, or told that they would be too late.
    var rejected = 0
    /// Requests that failed.
    var failed = 0
    /// Requests whose deadline came.
    var timedOut = 0

    static let zero = TroubleCounts()

    /// All that have ended, but for those whose client went away.
    var ended: Int { self.completed + self.rejected + self.failed + self.timedOut }

    static func + (left: TroubleCounts, right: TroubleCounts) -> TroubleCounts { left.combined(with: right, &+) }

    static func - (left: TroubleCounts, right: TroubleCounts) -> TroubleCounts { left.combined(with: right, &-) }

    /// What was counted since an earlier reading. Counts that have begun again count from zero.
    func since(_ earlier: TroubleCounts) -> TroubleCounts {
        let difference = self - earlier
        let isLess = [
            difference.requests, difference.replies, difference.errors, difference.refusals, difference.completed,
            difference.rejected, difference.failed, difference.timedOut,
        ].contains { $0 < 0 }
        return isLess ? self : difference
    }

    private func combined(with other: TroubleCounts, _ combine: (Int, Int) -> Int) -> TroubleCounts {
        TroubleCounts(
            requests: combine(self.requests, other.requests),
            replies: combine(self.replies, other.replies),
            errors: combine(self.errors, other.errors),
            refusals: combine(self.refusals, other.refusals),
            completed: combine(self.completed, other.completed),
            rejected: combine(self.rejected, other.rejected),
            failed: combine(self.failed, other.failed),
            timedOut: combine(self.timedOut, other.timedOut)
        )
    }
}

/// What a backend has done.
struct BackendWork: SlidingValue, Equatable {
    /// How long it has loaded models and served nobody, in milliseconds.
    var loading = 0.0
    /// How long it has done anything, in milliseconds.
    var busy = 0.0
    /// How often a model was loaded for which another had to go.
    var swaps = 0

    static let zero = BackendWork()

    static func + (left: BackendWork, right: BackendWork) -> BackendWork {
        BackendWork(
            loading: left.loading + right.loading,
            busy: left.busy + right.busy,
            swaps: left.swaps + right.swaps
        )
    }

    static func - (left: BackendWork, right: BackendWork) -> BackendWork {
        BackendWork(
            loading: left.loading - right.loading,
            busy: left.busy - right.busy,
            swaps: left.swaps - right.swaps
        )
    }

    /// What it did since an earlier reading. Counts that have begun again count from zero.
    func since(_ earlier: BackendWork) -> BackendWork {
        let difference = self - earlier
        return difference.loading < 0 || difference.busy < 0 || difference.swaps < 0 ? self : difference
    }
}
