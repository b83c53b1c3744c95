// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What was counted for one model over some time.
///
/// In those since the last reset a request that arrived before it counts nowhere, so that `requests` always equals the sum of
/// the endings and of the live requests that arrived since.
package struct Totals: Hashable, Sendable {
    /// Requests that arrived.
    package internal(set) var requests = 0
    /// Requests that the backend answered in full.
    package private(set) var completed = 0
    /// Those of them that it answered with an error, a status of 400 or above.
    package private(set) var errorReplies = 0
    /// Requests that were answered without a slot, at their arrival or by a drain.
    package private(set) var rejected = 0
    /// Requests that ended as failed.
    package private(set) var failed = 0
    /// Requests whose deadline came, queued or active.
    package private(set) var timedOut = 0
    /// Requests whose client went away, queued or active.
    package private(set) var cancelled = 0

    /// Requests that were answered without a slot because it would have come too late.
    package private(set) var wouldTimeOut = 0
    /// The heads of replies that backends sent, by class of status: those of `completed`, and of requests that ended otherwise behind one.
    package private(set) var replies = RepliesByBackend()
    /// Bytes of the bodies of replies that were relayed.
    package private(set) var bytes = 0
    /// Chunks of streamed replies that were relayed.
    package private(set) var chunks = 0
    /// Tokens of prompts that backends said to have read.
    package private(set) var promptTokens = 0
    /// Tokens of answers, as backends said, or estimated.
    package private(set) var answerTokens = 0

    /// How long those that got a slot had waited for it.
    package private(set) var wait = Histogram()
    /// How long those that completed had held their slot, replies that were errors aside.
    package private(set) var processing = Histogram()
    /// How long after their slot the first byte of the reply came, of those where one came; completed ones that were errors aside.
    package private(set) var firstByte = Histogram()

    /// Makes totals in which nothing is counted.
    package init() {}

    /// Requests that got a slot.
    package var started: Int { self.wait.count }

    /// What was counted on both sides.
    package static func + (left: Totals, right: Totals) -> Totals {
        left.combined(with: right, +, +, +)
    }

    /// What was counted on the left but not on the right.
    package static func - (left: Totals, right: Totals) -> Totals {
        left.combined(with: right, -, -, -)
    }

    private func combined(
        with other: Totals,
        _ number: (Int, Int) -> Int,
        _ histogram: (Histogram, Histogram) -> Histogram,
        _ replies: (RepliesByBackend, RepliesByBackend) -> RepliesByBackend
    ) -> Totals {
        var result = self
        result.requests = number(self.requests, other.requests)
        result.completed = number(self.completed, other.completed)
        result.errorReplies = number(self.errorReplies, other.errorReplies)
        result.rejected = number(self.rejected, other.rejected)
        result.failed = number(self.failed, other.failed)
        result.timedOut = number(self.timedOut, other.timedOut)
        result.cancelled = number(self.cancelled, other.cancelled)
        result.wouldTimeOut = number(self.wouldTimeOut, other.wouldTimeOut)
        result.replies = replies(self.replies, other.replies)
        result.bytes = number(self.bytes, other.bytes)
        result.chunks = number(self.chunks, other.chunks)
        result.promptTokens = number(self.promptTokens, other.promptTokens)
        result.answerTokens = number(self.answerTokens, other.answerTokens)
        result.wait = histogram(self.wait, other.wait)
        result.processing = histogram(self.processing, other.processing)
        result.firstByte = histogram(self.firstByte, other.firstByte)
        return result
    }

    /// Something was relayed of a reply.
    mutating func progress(_ progress: ReplyProgress, started: Instant) {
        if let firstByte = progress.firstByte {
            self.firstByte.add(firstByte - started)
        }
        self.bytes += progress.bytes
        self.chunks += progress.chunks
        if let tokens = progress.tokens {
            self.promptTokens += Int(tokens.prompt)
            self.answerTokens += Int(tokens.answer)
        }
    }

    /// A request got a slot.
    mutating func start(_ slot: Slot) {
        self.wait.add(slot.waited)
    }

    /// A request with a slot waits again, as if it had never had one.
    mutating func undoStart(_ slot: Slot) {
        self.wait.remove(slot.waited)
    }

    /// A request with a slot has ended.
    ///
    /// - Parameters:
    ///   - slot: its slot.
    ///   - ending: how.
    ///   - progress: what is known of the reply that it got.
    ///   - now: the time.
    mutating func end(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, now: Instant) {
        if progress.status > 0 { self.replies.add(status: progress.status, from: slot.backend) }
        if ending == .completed {
            self.completed += 1
            if progress.isError {
                self.errorReplies += 1
            } else {
                self.processing.add(now - slot.started)
            }
        } else {
            self.count(ending)
        }
    }

    /// A request has ended that no backend answered in full.
    mutating func count(_ ending: Ending) {
        switch ending.total {
        case .completed: self.completed += 1
        case .failed: self.failed += 1
        case .timedOut: self.timedOut += 1
        // A client that breaks off its own request has cancelled it.
        case .cancelled, .refused: self.cancelled += 1
        case .rejected: self.rejected += 1
        case .wouldTimeOut: self.wouldTimeOut += 1
        }
    }
}
