// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Where an exchange stood when it failed: what the sentences of errors are made of.
package struct ErrorContext: Sendable {
    /// How far the exchange was.
    package enum Stage: Sendable {
        /// Its request arrived, or waited for a slot.
        case waiting
        /// A backend had it and had not begun to answer.
        case unanswered
        /// Part of a streamed reply had gone to the client.
        case streaming
        /// Part of another reply had gone to the client.
        case replying
    }

    /// The model, if it is known.
    package var model: String?
    /// How far the exchange was.
    package var stage = Stage.waiting
    /// How long it might take until its reply began.
    package var timeout = Nanoseconds.zero
    /// Whether its client stated it.
    package var isTimeoutStated = false
    /// How long it waited for a slot.
    package var waited = Nanoseconds.zero
    /// How long it was with a backend; nil if it was not.
    package var atBackend: Nanoseconds?
    /// The bytes of its body that had arrived.
    package var bytesIn = 0

    package init() {}

    /// Whose limit it was, and how long.
    private var limit: String {
        let seconds = self.timeout.secondsText
        return self.isTimeoutStated ? "the client waits \(seconds) s" : "request_timeout is \(seconds) s"
    }

    /// How long it was with a backend, for the middle of a sentence.
    var afterTime: String { self.atBackend.map { " after \($0.shortSecondsText) s," } ?? "" }

    /// What became of a request whose time is up, and what would help.
    var timeoutMessage: String {
        let name = self.model.map { " of \($0)" } ?? ""
        let allowMore = self.isTimeoutStated ? "wait longer" : "raise request_timeout"
        switch self.stage {
        case .waiting:
            return "no slot\(name) was free for \(self.waited.shortSecondsText) s (\(self.limit)):"
                + " send fewer requests at once, or \(allowMore)"
        case .streaming:
            return "the backend sent nothing more for \(self.timeout.secondsText) s (\(self.limit)):"
                + " see its log, or \(allowMore)"
        case .replying:
            return "the backend did not end its answer within \(self.timeout.secondsText) s (\(self.limit)):"
                + " shorten the prompt, ask for a stream, or \(allowMore)"
        case .unanswered:
            let taken = (self.atBackend ?? self.timeout).shortSecondsText
            let queue = self.waited > .zero ? ", after \(self.waited.shortSecondsText) s in the queue\(name)" : ""
            return "the backend did not begin to answer within \(taken) s\(queue) (\(self.limit)):"
                + " shorten the prompt, or \(allowMore)"
        }
    }
}
