// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockAdmission

extension Logger {
    /// Says what became of all requests since the start: what completed, and what the backends' answers were.
    ///
    /// - Parameter counted: what was counted.
    func summary(_ counted: Totals) {
        guard counted.requests > 0 else { return }
        var metadata: Logger.Metadata = [
            "completed": "\(counted.completed)", "rejected": "\(counted.rejected)", "failed": "\(counted.failed)",
            "timed_out": "\(counted.timedOut)", "would_time_out": "\(counted.wouldTimeOut)",
            "cancelled": "\(counted.cancelled)", "requests": "\(counted.requests)",
        ]
        let replies = counted.replies.sum
        for statusClass in ReplyCounts.StatusClass.allCases {
            metadata["replies_\(statusClass.rawValue)"] = "\(replies[statusClass])"
        }
        self.info("requests since the start", metadata: metadata)
    }
}
