// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is counted in one slice of time, by its place there. The ranges of the values follow behind the numbers.
enum RecentField: Int, CaseIterable {
    case requests, completed, rejected, failed, timedOut, wouldTimeOut, cancelled
    case success, redirection, clientError, serverError
    case promptTokens, answerTokens
    /// Requests of class batch that got a slot.
    case batchStarts

    /// Values of which quantiles are asked for.
    enum Values: Int, CaseIterable {
        /// Nanoseconds from the arrival to the slot.
        case wait
        /// Nanoseconds from the slot to the first byte.
        case firstByte
        /// Tokens per second of one request, in steps of a 2^24th, so that a tenth and 65,000 are told apart from less and more.
        case speed

        /// The place of its first range.
        var first: Int { RecentField.allCases.count + self.rawValue * RecentBuckets.count }
    }

    /// The steps of ``Values/speed``.
    static let speedSteps = 16_777_216.0
    /// How many numbers a slice has.
    static let width = Self.allCases.count + Values.allCases.count * RecentBuckets.count

    /// How a request ended.
    init(_ ending: Ending) {
        switch ending.total {
        case .completed: self = .completed
        case .rejected: self = .rejected
        case .failed: self = .failed
        case .timedOut: self = .timedOut
        case .wouldTimeOut: self = .wouldTimeOut
        case .cancelled, .refused: self = .cancelled
        }
    }

    /// A reply with a status of a class.
    init(_ statusClass: ReplyCounts.StatusClass) {
        switch statusClass {
        case .success: self = .success
        case .redirection: self = .redirection
        case .clientError: self = .clientError
        case .serverError: self = .serverError
        }
    }
}
