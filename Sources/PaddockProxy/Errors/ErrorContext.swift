// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// Where an exchange stood when it failed: what the sentences of errors are made of.
package struct ErrorContext: Sendable {
    /// The model, if it is known.
    package var model: String?
    /// How far the exchange was.
    package var stage = TimeoutCause.waiting
    /// How long it might take until its reply began.
    package var timeout = Nanoseconds.zero
    /// Whether its client stated it.
    package var isTimeoutStated = false
    /// How long it waited for a slot.
    package var waited = Nanoseconds.zero
    /// How many requests were in front of it at its arrival; nil if it had no position.
    package var inFront: Int?
    /// Where it was in the queue when its time was up; nil if it did not wait then.
    package var standing: QueueStanding?
    /// How long it was with a backend; nil if it was not.
    package var atBackend: Nanoseconds?
    /// Since when the backend has been silent; nil if it is not known, or was not.
    package var silentSince: TimeOfDay?
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

    /// What the queue was like for a request that waited until its time was up, for the middle of a sentence.
    private var queueText: String {
        guard let standing = self.standing else { return "" }
        var parts: [String] = []
        if let inFront = self.inFront { parts.append("\(inFront) in front of it at its arrival") }
        let scope = " of this gateway's own, as no coordinator of the cluster told of others"
        parts.append("\(standing.inFront) at the end\(standing.isOwn ? scope : "")")
        if let pace = standing.pace { parts.append("one starts about every \(pace.shortSecondsText) s") }
        return "; \(parts.joined(separator: ", "))"
    }

    private var silence: String {
        self.silentSince.map { "; it has been silent since \($0.text)" } ?? ""
    }

    /// What became of a request whose time is up, and what would help.
    var timeoutMessage: String {
        let name = self.model.map { " of \($0)" } ?? ""
        let allowMore = self.isTimeoutStated ? "wait longer" : "raise request_timeout"
        switch self.stage {
        case .waiting:
            return "no slot\(name) was free for \(self.waited.shortSecondsText) s (\(self.limit))\(self.queueText):"
                + " send fewer requests at once, \(allowMore), or give the model more slots"
        case .streamStalled:
            return "the backend sent nothing more for \(self.timeout.secondsText) s (\(self.limit))\(self.silence):"
                + " see its log, or \(allowMore)"
        case .replyUnfinished:
            return "the backend did not end its answer within \(self.timeout.secondsText) s (\(self.limit)):"
                + " shorten the prompt, ask for a stream, or \(allowMore)"
        case .backendSilent:
            let taken = (self.atBackend ?? self.timeout).shortSecondsText
            let queue = self.waited > .zero ? ", after \(self.waited.shortSecondsText) s in the queue\(name)" : ""
            return "the backend did not begin to answer within \(taken) s\(queue) (\(self.limit))\(self.silence):"
                + " shorten the prompt, or \(allowMore)"
        }
    }
}
