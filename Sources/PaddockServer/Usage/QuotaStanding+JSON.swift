// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockJSON

extension QuotaStanding {
    /// The limits of a quota and what is used of them, in the answer to `GET /usage` (contract section 21).
    var json: JSONText { .object { self.write(to: &$0) } }

    /// Writes the limits and what is used of them, as members of an object.
    func write(to json: inout JSONWriter) {
        json.member("parallel_limit", self.quota.parallel)
        json.member("queue_limit", self.quota.queue)
        json.member("requests_per_minute", self.quota.requestsPerMinute)
        json.member("tokens_per_minute", self.quota.tokensPerMinute)
        json.member("tokens_per_day", self.quota.tokensPerDay)
        self.writeUsed(to: &json)
        json.member("day_ends_in_seconds", self.secondsOfDayLeft)
    }

    /// Writes what is used of a quota, as members of an object.
    func writeUsed(to json: inout JSONWriter) {
        json.member("active_requests", self.active)
        json.member("queued_requests", self.queued)
        json.member("requests_of_minute", self.requestsOfMinute)
        json.member("tokens_of_minute", self.tokensOfMinute)
        json.member("tokens_of_day", self.tokensOfDay)
        json.member("tokens_reserved", self.reserved)
    }
}
