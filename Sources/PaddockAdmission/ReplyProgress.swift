// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What has been relayed of a reply since it was last told, or since its request got the slot.
package struct ReplyProgress: Hashable, Sendable {
    /// When its first byte came; `nil` before it has, or where that was told before.
    package var firstByte: Instant?
    /// The status of the reply; 0 as long as there is none.
    package var status = 0
    /// Whether the reply is a stream.
    package var isStream = false
    /// Bytes of its body, as they were framed.
    package var bytes = 0
    /// Chunks of a streamed reply.
    package var chunks = 0
    /// What the backend said at its end of the time that it took; nil before that, and if it said nothing.
    package var durations: ReplyDurations?
    /// The tokens of the whole request, once it has ended; nil before that, and if they are not known.
    package var tokens: TokenCounts?

    /// The number of ``tokens``, above 0; `nil` if it is not known.
    var knownTokens: Double? {
        guard let total = self.tokens?.total, total > 0 else { return nil }
        return Double(total)
    }

    /// Nothing.
    package init() {}

    /// Whether the backend answers with an error.
    ///
    /// Such an answer counts as completed, but in no measure of how long requests take: a refusal in a millisecond, or a failure
    /// after a minute, tells nothing about the next request.
    var isError: Bool { self.status >= 400 }
}
