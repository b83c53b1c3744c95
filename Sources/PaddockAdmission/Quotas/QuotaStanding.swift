// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much of its quota a client has used, at one instant.
package struct QuotaStanding: Hashable, Sendable {
    /// The quota.
    package var quota: Quota
    /// Its requests that hold a slot.
    package var active: Int
    /// Its requests that wait.
    package var queued: Int
    /// Its requests that were accepted in the last 60 seconds.
    package var requestsOfMinute: Int
    /// In how many seconds it may send as many requests as ever, 0 to 61.
    package var secondsUntilAllRequests: Int
    /// Tokens that it has used in the last 60 seconds.
    package var tokensOfMinute: Int
    /// In how many seconds it may use as many tokens of a minute as ever, 0 to 61.
    package var secondsUntilAllTokens: Int
    /// Tokens that it has used in this day of UTC.
    package var tokensOfDay: Int
    /// In how many seconds the day ends, 1 to 86,400.
    package var secondsOfDayLeft: Int
    /// Tokens that its live requests are expected to use.
    package var reserved: Int
}
