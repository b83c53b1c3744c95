// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockJSON

extension RecentCounts {
    /// The object `recent` (contract section 6).
    var json: JSONText {
        .object { json in
            json.member("seconds", RecentWindow.seconds)
            json.member("requests", self.requests)
            json.milliseconds("wait_ms_p50", self.wait(50), decimals: 1)
            json.milliseconds("wait_ms_p90", self.wait(90), decimals: 1)
            self.writeReplies(to: &json)
            json.member("completed", self.completed)
            json.member("rejected", self.rejected)
            json.member("failed", self.failed)
            json.member("timed_out", self.timedOut)
            json.member("would_time_out", self.wouldTimeOut)
            json.member("cancelled", self.cancelled)
        }
    }

    /// The object `recent` of a backend (contract section 20): what can be said of its requests alone.
    var backendJSON: JSONText {
        .object { json in
            json.member("seconds", RecentWindow.seconds)
            self.writeReplies(to: &json)
        }
    }

    private func writeReplies(to json: inout JSONWriter) {
        json.milliseconds("first_byte_ms_p50", self.firstByte(50), decimals: 1)
        json.milliseconds("first_byte_ms_p90", self.firstByte(90), decimals: 1)
        json.member("tokens_per_second_p50", self.tokensPerSecond(50)?.rounded(decimals: 1))
        json.member("tokens_per_second_p90", self.tokensPerSecond(90)?.rounded(decimals: 1))
        json.member("tokens_in", self.promptTokens)
        json.member("tokens_out", self.answerTokens)
        json.member("replies", self.replies.json)
    }
}
