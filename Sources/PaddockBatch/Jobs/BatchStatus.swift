// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How far a job is, in the words of OpenAI's API.
package enum BatchStatus: String, CaseIterable, Sendable {
    /// Its input file has not been read yet.
    case validating
    /// Its input file is wrong; nothing of it was run.
    case failed
    /// Its requests run.
    case inProgress = "in_progress"
    /// All its requests have ended, or its window has, and its files are being completed.
    case finalizing
    /// All its requests have ended.
    case completed
    /// Its window ended first; the rest of its requests are errors.
    case expired
    /// It was cancelled, and its active requests are being ended.
    case cancelling
    /// It was cancelled; what had ended by then is in its files.
    case cancelled

    /// Whether it has ended, and never changes again.
    package var isFinal: Bool {
        switch self {
        case .failed, .completed, .expired, .cancelled: true
        case .validating, .inProgress, .finalizing, .cancelling: false
        }
    }
}
