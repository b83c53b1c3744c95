// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP

/// What has become of a request so far: it grows into the record. Numbers only, so that a copy costs nothing.
struct ExchangeProgress {
    /// Its class, once all is known that decides about it.
    private(set) var requestClass = RequestClass.interactive
    /// Whether its reply is expected to be a stream, once its body has been read.
    private(set) var expectsStream = false
    /// The backend that it was last sent to.
    var backend = BackendIndex(0)
    /// When it arrived at the admission.
    @Compact private(set) var arrived: Instant? = nil
    /// How long it waited for its slot; nil if it has none yet.
    @Compact var waited: Nanoseconds? = nil
    /// Its position at its arrival; nil if it had none.
    @Compact private(set) var position: Int? = nil
    /// How long it was expected to wait; nil if it did not wait or there was too little to go by.
    @Compact private(set) var estimatedWait: Nanoseconds? = nil
    /// The rule that gave it its slot.
    var rule: StartRule?
    /// When it got its slot, or went on its way to a backend without one.
    @Compact var started: Instant? = nil
    /// When the head of the backend's reply arrived.
    @Compact private(set) var firstByte: Instant? = nil
    /// The status in that head; 0 before it.
    private(set) var status = 0
    /// Bytes of its body so far.
    var bytesIn = 0
    /// Bytes of the reply's body that were passed on.
    var bytesOut = 0
    /// Chunks of the reply that were passed on.
    var chunks = 0
    /// How much of that the admission already knows, and since when.
    private var reported = (bytes: 0, chunks: 0)
    @Compact private var reportedAt: Instant? = nil

    /// How often the progress of a stream is reported to the admission.
    private static let reportInterval = Nanoseconds.seconds(1)

    /// The body has been read, and the request arrives at the admission.
    ///
    /// - Parameters:
    ///   - hints: what the body has besides its model.
    ///   - facts: the facts of its head.
    ///   - now: the time.
    mutating func arrived(_ hints: BodyHints, _ facts: RequestFacts, at now: Instant) {
        self.expectsStream = facts.streaming.expectsStream(hints.stream)
        let isBatch =
            facts.identity?.ceiling == .batch || facts.requestClass == .batch
            || facts.dialect == .openAI && hints.isFlexTier
        self.requestClass = isBatch ? .batch : .interactive
        self.arrived = now
    }

    /// The request as the admission gets it.
    ///
    /// - Parameters:
    ///   - model: its model.
    ///   - hints: what the body has besides that.
    ///   - facts: the facts of its head.
    ///   - clock: its deadlines.
    func arriving(_ model: ModelName, _ hints: BodyHints, _ facts: RequestFacts, _ clock: ExchangeClock)
        -> ArrivingRequest
    {
        let deadline = clock.requestDeadline
        var request = ArrivingRequest(id: facts.id, model: model, client: facts.client, deadline: deadline)
        request.requestClass = self.requestClass
        request.expectsStream = self.expectsStream
        request.isDeadlineStated = clock.isTimeoutStated
        if case .queued(let route) = facts.route { request.take(hints, of: route) }
        return request
    }

    /// It is known where it was at its arrival.
    mutating func note(_ place: QueuePlace) {
        (self.position, self.estimatedWait) = (place.position, place.estimatedWait)
    }

    /// Takes over what has been passed on of the backend's reply, which ends here.
    ///
    /// - Returns: what the backend said of the request.
    mutating func noteEnd(_ connection: BackendConnection) -> BackendAccount {
        self.note(connection)
        return BackendAccount(
            durations: connection.reply.durations,
            tokens: connection.readTokens(),
            endsInError: connection.reply.endsInError
        )
    }

    /// The head of the backend's reply has arrived.
    mutating func answered(_ status: Int, at now: Instant) {
        self.firstByte = now
        self.status = status
    }

    /// The client has nothing of the backend's reply, and will not get any of it.
    mutating func dropFirstByte() { self.firstByte = nil }

    /// Takes over how much of the backend's reply has been passed on.
    mutating func note(_ connection: BackendConnection) {
        self.bytesOut = connection.reply.dataBytes
        self.chunks = connection.reply.chunks
    }

    /// What was relayed since the last report to the admission.
    ///
    /// - Parameters:
    ///   - isStream: whether the reply is a stream.
    ///   - account: what the backend said of it at its end.
    func sinceReport(isStream: Bool, _ account: BackendAccount) -> ReplyProgress {
        var progress = ReplyProgress()
        progress.status = self.status
        progress.firstByte = self.firstByte
        progress.isStream = isStream
        progress.bytes = self.bytesOut - self.reported.bytes
        progress.chunks = isStream ? self.chunks - self.reported.chunks : 0
        progress.durations = account.durations
        progress.tokens = account.tokens
        return progress
    }

    /// Whether no piece of a stream has come yet.
    var isFirstPiece: Bool { self.reportedAt == nil }

    /// Whether the progress of a stream is due to be reported to the admission.
    mutating func isReportDue(now: Instant) -> Bool {
        guard let last = self.reportedAt else {
            self.reportedAt = now
            return false
        }
        return last.duration(to: now) >= Self.reportInterval
    }

    /// The progress has been reported.
    mutating func hasReported(now: Instant) {
        self.reported = (self.bytesOut, self.chunks)
        self.reportedAt = now
    }

    /// What the sentence of an error is made of.
    ///
    /// - Parameters:
    ///   - clock: the deadlines.
    ///   - stage: what the client has of the reply; nil if no backend has the request.
    ///   - now: the time.
    func context(_ clock: ExchangeClock, _ stage: ReplyStage?, now: Instant) -> ErrorContext {
        var context = ErrorContext()
        context.timeout = clock.timeout
        context.isTimeoutStated = clock.isTimeoutStated
        context.waited = self.waited ?? .zero
        context.inFront = self.position.map { max(0, $0 - 1) }
        guard let stage else { return context }
        context.atBackend = self.started?.duration(to: now)
        if self.firstByte == nil || stage == .unsent {
            context.stage = .backendSilent
            context.silentSince = self.started?.timeOfDay
        } else if stage == .stream {
            context.stage = .streamStalled
            context.timeout = clock.streamTimeout
            context.isTimeoutStated = false
            context.silentSince = now.advanced(by: Nanoseconds.zero - clock.streamTimeout).timeOfDay
        } else {
            context.stage = .replyUnfinished
        }
        return context
    }

    /// The record of the request, which ends now.
    ///
    /// - Parameters:
    ///   - facts: what is known of it.
    ///   - clock: its deadlines.
    ///   - isStream: whether its reply is a stream.
    ///   - end: how it ended.
    func record(_ facts: RequestFacts, _ clock: ExchangeClock, isStream: Bool, _ end: consuming End) -> SharedRecord {
        SharedRecord(
            ExchangeRecord(
                id: facts.id,
                client: facts.client,
                requestClass: self.arrived == nil ? facts.requestClass : self.requestClass,
                requestLine: facts.requestLine,
                isQueued: facts.isQueued,
                model: end.model,
                backend: self.started == nil ? nil : self.backend,
                status: end.status,
                outcome: end.ending,
                code: end.code,
                isStream: isStream,
                expectsStream: self.arrived == nil ? facts.streaming.expectsStream(nil) : self.expectsStream,
                timeout: clock.timeout,
                isTimeoutStated: clock.isTimeoutStated,
                position: self.position,
                estimatedWait: self.estimatedWait,
                rule: self.rule,
                began: clock.began,
                arrived: self.arrived,
                started: self.started,
                firstByte: self.firstByte,
                ended: .now(),
                bytesIn: self.bytesIn,
                bytesOut: self.bytesOut,
                chunks: self.chunks,
                durations: end.account.durations,
                tokens: end.account.tokens,
                cause: end.cause
            )
        )
    }

    /// An error of ours: its code, and what a request whose time was up was waiting for.
    typealias Failure = (code: String?, cause: TimeoutCause?)

    /// How a request ended.
    struct End {
        /// Its model, if it is known.
        var model: ModelName?
        /// What it counts as.
        var ending: Ending
        /// The status that the client got; nil if it got none.
        var status: Int?
        /// The code of an error of ours.
        var code: String?
        /// What it was waiting for when its time was up.
        var cause: TimeoutCause?
        /// What the backend said of it.
        var account = BackendAccount()
    }
}

/// What a backend said of a request at the end of its reply.
struct BackendAccount {
    /// The time that it took; nil if it said nothing.
    var durations: ReplyDurations?
    /// The tokens; nil if they are not known.
    var tokens: TokenCounts?
    /// Whether it ended a stream with an error, after a status that is none.
    var endsInError = false

    /// How a request ends whose reply has come to its end.
    var ending: Ending { self.endsInError ? Self.error.entry.ending : .completed }

    /// What the record says of the error.
    var failure: ExchangeProgress.Failure { self.endsInError ? (Self.error.entry.code, nil) : (nil, nil) }

    /// The error, which is made only if there is one: nearly every request has none.
    private static var error: ErrorCause { .backendEndedInError }
}

extension Route.Streaming {
    /// Whether a reply is expected to be a stream.
    ///
    /// - Parameter stream: the body's `stream`; nil if it has none.
    func expectsStream(_ stream: Bool?) -> Bool {
        switch self {
        case .byDefault: stream ?? true
        case .onRequest, .onRequestInAnyFormat: stream ?? false
        case .never: false
        }
    }
}
