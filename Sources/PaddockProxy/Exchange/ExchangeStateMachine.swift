// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// Where one request and its reply stand, and what follows from an event (contract section 4).
///
/// One value serves all exchanges of a client connection, one after the other:
///
/// ```
/// idle → readingHead ─┬→ readingBody ─┬→ waiting ─┬→ connecting → awaitingReply → relaying ─┬→ idle
///                     │               ├───────────┘                                         └→ closing
///                     │               └→ answering ──────────────────────────────────────────┘
///                     └→ connecting (passes through)
/// ```
///
/// It knows no socket and no clock: events in, an action out, time as an argument.
struct ExchangeStateMachine {
    /// The states of an exchange.
    enum Phase: Equatable {
        /// No byte of a request has come. Can become: readingHead.
        case idle
        /// Part of a head is there. Can become: readingBody, connecting, answering, closing.
        case readingHead
        /// The whole body is taken in first. Can become: waiting, connecting, answering, closing.
        case readingBody
        /// It waits for a slot; the head of its reply may have gone out. Can become: connecting, answering, closing.
        case waiting
        /// It may run; a backend connection is being made. Can become: awaitingReply, waiting, answering, closing.
        case connecting
        /// The request is being sent, and nothing of a reply went to the client. Can become: relaying, connecting, answering,
        /// closing.
        case awaitingReply
        /// The head of the reply went to the client. Can become: idle, closing.
        case relaying(isStream: Bool)
        /// We answer it ourselves. Can become: idle, closing.
        case answering
        /// Nothing more is served on this connection; what still arrives is thrown away.
        case closing
    }

    /// What has to be done about an event that ends an exchange early.
    enum Action: Equatable {
        /// Nothing.
        case none
        /// Nothing of a reply has gone out: answer with this failure.
        case answer(ExchangeFailure)
        /// A stream has begun: put a last line behind it and end the connection inside the body.
        case endStream(ExchangeFailure)
        /// Part of a reply that is no stream has gone out: end the connection inside the body.
        case abort(ExchangeFailure)
        /// Take the request out of the queue: its client is gone.
        case leaveQueue
        /// Close the backend connection: the client is gone.
        case cancel
        /// It has waited long: show its client that it still does.
        case showLife
        /// Close the client connection.
        case close
    }

    /// How a request goes on behind its head.
    enum Course: Equatable {
        /// Its body is taken in as a whole; then it is admitted or answered.
        case takesWholeBody
        /// It goes straight to a backend, the body behind it.
        case passesThrough
    }

    /// From the first byte of a head to its end (contract section 5, status 408).
    static let headTimeout = Duration.seconds(30)
    /// How long a client that has its answer may go on sending a request nobody reads, before it is cut.
    static let lingerTimeout = Duration.seconds(5)

    /// The `request_timeout` of the current request.
    private(set) var requestTimeout: Duration
    private(set) var phase = Phase.idle
    /// When `deadlineReached` has to be called; nil when nothing is due.
    private(set) var deadline: Instant?
    /// When the first byte of the request came.
    private(set) var startedAt = Instant(nanoseconds: 0)
    private var hasRequestTimeout = false
    /// How often the client of a waiting request is shown that it waits; nil for never.
    private var lifeInterval: Duration?
    /// Whether the head of the reply went out while the request waited: what fails from then on fails in the stream.
    private(set) var hasBegunReply = false

    /// When the connection was last left without a request.
    private var endedAt: Instant

    /// - Parameters:
    ///   - requestTimeout: `request_timeout`.
    ///   - now: the time.
    init(requestTimeout: Duration, now: Instant) {
        self.requestTimeout = requestTimeout
        self.endedAt = now
    }

    /// Since when there is no request on the connection; nil while there is one.
    var idleSince: Instant? { self.phase == .idle ? self.endedAt : nil }

    /// How long the client of the request said that it waits.
    private var statedTimeout: Duration?

    /// How long the request may take until its reply begins: `request_timeout`, or what its client said if that is shorter.
    var timeout: Duration { min(self.requestTimeout, self.statedTimeout ?? self.requestTimeout) }

    /// Whether that is what its client said.
    var isTimeoutStated: Bool { self.statedTimeout.map { $0 <= self.requestTimeout } ?? false }

    /// When the request is out of time, counted from its first byte.
    var requestDeadline: Instant { self.startedAt.advanced(by: self.timeout) }

    // MARK: - The way forward

    /// - Parameter requestTimeout: the `request_timeout` that holds from now on; nil keeps the one there is.
    mutating func firstByteArrived(now: Instant, requestTimeout: Duration? = nil) {
        if let requestTimeout { self.requestTimeout = requestTimeout }
        self.phase = .readingHead
        self.startedAt = now
        self.statedTimeout = nil
        self.hasBegunReply = false
        self.deadline = now.advanced(by: Self.headTimeout)
    }

    /// The client says how long it waits; of several such words the shortest counts.
    mutating func stateTimeout(_ timeout: Duration) {
        self.statedTimeout = min(timeout, self.statedTimeout ?? timeout)
    }

    mutating func headEnded(_ course: Course) {
        switch course {
        case .takesWholeBody:
            self.phase = .readingBody
            self.hasRequestTimeout = true
            self.deadline = self.requestDeadline
        case .passesThrough:
            self.phase = .connecting
            self.hasRequestTimeout = false
            self.deadline = nil
        }
    }

    /// It waits; the deadline is the admission's matter now.
    ///
    /// - Parameters:
    ///   - lifeInterval: how often its client is to be shown that it waits; nil for never.
    ///   - now: the time.
    mutating func queued(showingLifeEvery lifeInterval: Duration? = nil, now: Instant) {
        self.phase = .waiting
        self.lifeInterval = lifeInterval
        self.deadline = lifeInterval.map { now.advanced(by: $0) }
    }

    /// The head of the reply goes out while the request waits.
    mutating func replyBegunWhileWaiting() {
        self.hasBegunReply = true
    }

    /// It may run.
    mutating func admitted() {
        self.phase = .connecting
        self.deadline = self.requestDeadline
    }

    mutating func answering() {
        self.phase = .answering
        self.deadline = nil
    }

    mutating func backendConnected() {
        self.phase = .awaitingReply
    }

    /// The connection was closed before the backend saw anything of the request: another one is made.
    mutating func backendTookNothing() {
        self.phase = .connecting
    }

    mutating func replyBegan(isStream: Bool, now: Instant) {
        self.phase = .relaying(isStream: isStream)
        self.replyContinued(now: now)
    }

    /// A piece of the reply arrived: a stream has `request_timeout` again.
    mutating func replyContinued(now: Instant) {
        if self.hasRequestTimeout, self.phase == .relaying(isStream: true) {
            self.deadline = now.advanced(by: self.requestTimeout)
        }
    }

    /// The reply is complete, and another request may follow on the connection.
    mutating func replyEnded(now: Instant) {
        self.phase = .idle
        self.endedAt = now
        self.deadline = nil
    }

    /// The last bytes are on their way to the client, who has `request_timeout` to take them.
    mutating func closing(now: Instant) {
        self.phase = .closing
        self.deadline = now.advanced(by: self.requestTimeout)
    }

    /// The last bytes are with the client, who may not have read them: a close now could destroy them.
    mutating func lingering(now: Instant) {
        self.deadline = now.advanced(by: Self.lingerTimeout)
    }

    // MARK: - What may come between

    mutating func deadlineReached(now: Instant) -> Action {
        self.deadline = nil
        if self.phase == .waiting, let interval = self.lifeInterval {
            self.deadline = now.advanced(by: interval)
            return .showLife
        }
        return switch self.phase {
        case .idle, .waiting, .answering: .none
        case .readingHead: .answer(.headTimedOut)
        case .readingBody: .answer(.bodyTimedOut)
        case .connecting, .awaitingReply: self.hasBegunReply ? .endStream(.timedOut) : .answer(.timedOut)
        case .relaying(isStream: true): .endStream(.timedOut)
        case .relaying(isStream: false): .abort(.timedOut)
        case .closing: .close
        }
    }

    /// A waiting request's deadline has come.
    func timedOutWhileWaiting() -> Action {
        self.hasBegunReply ? .endStream(.timedOut) : .answer(.timedOut)
    }

    func backendFailed(_ failure: ExchangeFailure) -> Action {
        switch self.phase {
        case .connecting, .awaitingReply: self.hasBegunReply ? .endStream(failure) : .answer(failure)
        case .relaying(isStream: true): .endStream(failure)
        case .relaying(isStream: false): .abort(failure)
        case .idle, .readingHead, .readingBody, .waiting, .answering, .closing: .none
        }
    }

    mutating func clientGone() -> Action {
        defer {
            self.phase = .closing
            self.deadline = nil
        }
        return switch self.phase {
        case .waiting: .leaveQueue
        case .connecting, .awaitingReply, .relaying: .cancel
        case .idle, .readingHead, .readingBody, .answering, .closing: .none
        }
    }
}
