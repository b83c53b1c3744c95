// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// What the sentence about a failure tells of its request, beside what failed.
struct FailureContext {
    /// The model, where it is known.
    var model: String?
    /// Where the exchange stood.
    var phase: ExchangeStateMachine.Phase
    /// How long it might take until its reply began.
    var timeout: Duration
    /// Whether its client had said so itself.
    var isTimeoutStated = false
    /// How long it waited for a slot.
    var waited = Duration.zero
    /// How long it was with a backend; nil where it was not.
    var atBackend: Duration?
    /// The bytes of its body that had come.
    var bytesIn = 0

    /// Whose limit it was, and how long.
    private var limit: String {
        let seconds = self.timeout.secondsText
        return self.isTimeoutStated ? "its client waits \(seconds) s" : "request_timeout is \(seconds) s"
    }

    /// How long it was with a backend, for the middle of a sentence.
    var afterTime: String { self.atBackend.map { " after \($0.shortSecondsText) s," } ?? "" }

    /// What became of a request whose time is up, and what would help.
    var timeoutMessage: String {
        let name = self.model.map { " of \($0)" } ?? ""
        let allowMore = self.isTimeoutStated ? "wait longer" : "raise request_timeout"
        switch self.phase {
        case .waiting:
            return "no slot\(name) was free for \(self.waited.shortSecondsText) s (\(self.limit)):"
                + " send fewer requests at once, or \(allowMore)"
        case .relaying(isStream: true):
            return "the backend sent nothing more for \(self.timeout.secondsText) s (\(self.limit)):"
                + " look at its log, or \(allowMore)"
        case .relaying(isStream: false):
            return "the backend did not end its answer within \(self.timeout.secondsText) s (\(self.limit)):"
                + " shorten the prompt, ask for a stream, or \(allowMore)"
        default:
            let taken = (self.atBackend ?? self.timeout).shortSecondsText
            let queue = self.waited > .zero ? ", after \(self.waited.shortSecondsText) s in the queue\(name)" : ""
            return "the backend did not begin to answer within \(taken) s\(queue) (\(self.limit)):"
                + " shorten the prompt, or \(allowMore)"
        }
    }
}
