// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

extension QuotaStanding {
    /// The header lines that say how much of the quota is left, each with its line break: `x-ratelimit-*` as OpenAI's API has them, and
    /// `anthropic-ratelimit-*` as Anthropic's.
    ///
    /// Of tokens those of the minute, or if these have no limit those of the day.
    func lines(_ dialect: Dialect) -> String {
        var lines = ""
        func add(_ kind: String, _ limit: Int, _ left: Int, _ seconds: Int) {
            let remaining = max(0, left)
            switch dialect {
            case .ollama, .openAI:
                lines += "x-ratelimit-limit-\(kind): \(limit)\r\nx-ratelimit-remaining-\(kind): \(remaining)\r\n"
                lines += "x-ratelimit-reset-\(kind): \(seconds)s\r\n"
            case .anthropic:
                let name = "anthropic-ratelimit-\(kind)"
                let reset = Instant.now().advanced(by: .seconds(seconds)).timeOfDay.iso8601
                lines += "\(name)-limit: \(limit)\r\n\(name)-remaining: \(remaining)\r\n\(name)-reset: \(reset)\r\n"
            }
        }
        if let limit = self.quota.requestsPerMinute {
            add("requests", limit, limit - self.requestsOfMinute, self.secondsUntilAllRequests)
        }
        if let limit = self.quota.tokensPerMinute {
            add("tokens", limit, limit - self.tokensOfMinute - self.reserved, self.secondsUntilAllTokens)
        } else if let limit = self.quota.tokensPerDay {
            add("tokens", limit, limit - self.tokensOfDay - self.reserved, self.secondsOfDayLeft)
        }
        return lines
    }
}
