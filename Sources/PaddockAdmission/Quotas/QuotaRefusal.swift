// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a request is refused by the quota of its client.
package enum QuotaRefusal: Hashable, Sendable {
    /// So many of its requests were accepted in the last 60 seconds.
    ///
    /// - Parameters:
    ///   - limit: How many may be.
    ///   - retryAfter: In how many whole seconds one more may be, 1 to 61.
    case requestsPerMinute(limit: Int, retryAfter: Int)
    /// Its tokens of the last 60 seconds, with those that its live requests are expected to use, have reached the limit.
    ///
    /// - Parameters:
    ///   - limit: How many it may use.
    ///   - used: How many it has used.
    ///   - reserved: How many its live requests are expected to use.
    ///   - retryAfter: In how many whole seconds it is worth another try, 1 to 61.
    case tokensPerMinute(limit: Int, used: Int, reserved: Int, retryAfter: Int)
    /// The same for its tokens of this day of UTC.
    ///
    /// - Parameters:
    ///   - limit: How many it may use.
    ///   - used: How many it has used.
    ///   - reserved: How many its live requests are expected to use.
    ///   - retryAfter: In how many whole seconds it is worth another try: at the end of the day, or in 1 if others may use less.
    case tokensPerDay(limit: Int, used: Int, reserved: Int, retryAfter: Int)
    /// So many of its requests wait already.
    ///
    /// - Parameters:
    ///   - limit: How many may wait.
    ///   - retryAfter: In how many whole seconds it is worth another try, 1 to 60.
    case queue(limit: Int, retryAfter: Int)
    /// It may not use the model.
    case model

    /// In how many whole seconds it is worth another try; nil if never.
    package var retryAfter: Int? {
        switch self {
        case .requestsPerMinute(_, let seconds), .tokensPerMinute(_, _, _, let seconds),
            .tokensPerDay(_, _, _, let seconds), .queue(_, let seconds):
            seconds
        case .model: nil
        }
    }
}
