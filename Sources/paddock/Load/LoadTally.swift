// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient

/// What became of one request that was sent, as far as it was measured.
struct LoadAnswer: Sendable {
    let model: String
    let client: String?
    let reader: LoadReader
    let failure: HTTPFailure?
    /// From when the request was due until it was sent: retries, a server that was away, a busy machine.
    let delay: Duration

    /// Whether the answer came in full.
    var isCompleted: Bool {
        self.failure == nil && (200..<300).contains(self.reader.status) && self.reader.code == nil
    }

    /// What became of it, as the table of statuses says it.
    var status: String {
        let broken: String? =
            switch self.failure {
            case .unreachable(let reason): "no connection: \(reason)"
            case .timedOut: "no answer in time"
            case .closed: "broken off"
            case .notHTTP: "no HTTP"
            case .tooLarge: "too large"
            case .noFile: "no body"
            case .cancelled: "given up"
            case nil: nil
            }
        guard self.reader.status > 0 else { return broken ?? "nothing" }
        let parts = [String(self.reader.status), self.reader.code, broken].compactMap(\.self)
        // A stream that began well and ended with an error.
        return (200..<300).contains(self.reader.status) && parts.count > 1
            ? "\(parts[0]), then \(parts[1])" : parts.joined(separator: " ")
    }
}

/// The counts and times of a run, and of a part of it.
struct LoadTally: Sendable {
    /// A part of the run: all of it, one model, one client.
    struct Part: Sendable {
        /// Requests that ended, however.
        var ended = 0
        /// Requests whose answer came in full.
        var completed = 0
        /// Waits before the slot, as the gateway tells them.
        var queueWait = DurationHistogram()
        /// Times from when a request was due until its answer began, of the completed ones.
        var firstByte = DurationHistogram()
        /// The same until the answer had ended.
        var total = DurationHistogram()
        /// Times between the tokens of a stream.
        var tokenGap = DurationHistogram()
        var tokens = 0
        var bytes = 0

        fileprivate mutating func add(_ answer: LoadAnswer) {
            self.ended += 1
            self.bytes += answer.reader.bytes
            self.tokens += answer.reader.tokens
            // Who is turned away at once has not waited for a slot.
            if let wait = answer.reader.queueWait, answer.reader.status != 503 { self.queueWait.add(wait) }
            for gap in answer.reader.gaps { self.tokenGap.add(gap) }
            guard answer.isCompleted else { return }
            self.completed += 1
            self.total.add(answer.delay + answer.reader.total)
            if let first = answer.reader.firstByte { self.firstByte.add(answer.delay + first) }
        }
    }

    private(set) var all = Part()
    private(set) var models: [String: Part] = [:]
    private(set) var clients: [String: Part] = [:]
    /// How many answers had which status; those that were tried again count here, too.
    private(set) var statuses: [String: Int] = [:]
    /// Answers after which a request was sent again.
    private(set) var retried = 0
    /// Requests that were due but not sent, as too many were outstanding.
    private(set) var unsent = 0

    /// Whether anything has ever answered.
    var hasAnswer: Bool { self.statuses.keys.contains { $0.first?.isNumber == true } }

    /// A request has ended.
    mutating func add(_ answer: LoadAnswer) {
        self.count(answer)
        self.all.add(answer)
        self.models[answer.model, default: Part()].add(answer)
        if let client = answer.client { self.clients[client, default: Part()].add(answer) }
    }

    /// A request will be sent again.
    mutating func addRetried(_ answer: LoadAnswer) {
        self.count(answer)
        self.retried += 1
    }

    /// A request was due but not sent.
    mutating func addUnsent() { self.unsent += 1 }

    private mutating func count(_ answer: LoadAnswer) {
        // A server could make up a new error for each request.
        let status = answer.status
        let isKnown = self.statuses[status] != nil || self.statuses.count < 100
        self.statuses[isKnown ? status : "other", default: 0] += 1
    }
}
