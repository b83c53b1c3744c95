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
    private(set) var arrived: Instant?
    /// How long it waited for its slot; nil if it has none yet.
    var waited: Nanoseconds?
    /// Its position at its arrival; nil if it had none.
    var position: Int?
    /// How long it was expected to wait; nil if it did not wait or there was too little to go by.
    var estimatedWait: Nanoseconds?
    /// The rule that gave it its slot.
    var rule: StartRule?
    /// When it got its slot, or went on its way to a backend without one.
    var started: Instant?
    /// When the head of the backend's reply arrived.
    var firstByte: Instant?
    /// Bytes of its body so far.
    var bytesIn = 0
    /// Bytes of the reply's body that were passed on.
    var bytesOut = 0
    /// Chunks of the reply that were passed on.
    var chunks = 0
    /// What the backend said at the end of the time that it took; nil if it said nothing.
    private(set) var durations: ReplyDurations?
    /// Its tokens; nil if they are not known.
    private(set) var tokens: TokenCounts?
    /// How much of that the admission already knows, and since when.
    private var reported = (bytes: 0, chunks: 0, at: Instant?.none)

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

    /// Takes over what has been passed on of the backend's reply, which ends here.
    mutating func noteEnd(_ connection: BackendConnection) {
        self.note(connection)
        self.tokens = connection.readTokens()
    }

    /// Takes over how much of the backend's reply has been passed on.
    mutating func note(_ connection: BackendConnection) {
        self.bytesOut = connection.reply.dataBytes
        self.chunks = connection.reply.chunks
        self.durations = connection.reply.durations
    }

    /// What was relayed since the last report to the admission.
    ///
    /// - Parameters:
    ///   - isStream: whether the reply is a stream.
    ///   - status: its status; 0 if there is none.
    func sinceReport(isStream: Bool, status: Int) -> ReplyProgress {
        var progress = ReplyProgress()
        progress.status = status
        progress.firstByte = self.firstByte
        progress.isStream = isStream
        progress.bytes = self.bytesOut - self.reported.bytes
        progress.chunks = isStream ? self.chunks - self.reported.chunks : 0
        progress.durations = self.durations
        progress.tokens = self.tokens
        return progress
    }

    /// Whether no piece of a stream has come yet.
    var isFirstPiece: Bool { self.reported.at == nil }

    /// Whether the progress of a stream is due to be reported to the admission.
    mutating func isReportDue(now: Instant) -> Bool {
        guard let last = self.reported.at else {
            self.reported.at = now
            return false
        }
        return last.duration(to: now) >= Self.reportInterval
    }

    /// The progress has been reported.
    mutating func hasReported(now: Instant) { self.reported = (self.bytesOut, self.chunks, now) }

    /// What the sentence of an error is made of.
    func context(_ clock: ExchangeClock) -> ErrorContext {
        var context = ErrorContext()
        context.timeout = clock.timeout
        context.isTimeoutStated = clock.isTimeoutStated
        context.waited = self.waited ?? .zero
        return context
    }

    /// The record of the request, which ends now.
    ///
    /// - Parameters:
    ///   - facts: what is known of it.
    ///   - clock: its deadlines.
    ///   - isStream: whether its reply is a stream.
    ///   - end: how it ended.
    func record(_ facts: RequestFacts, _ clock: ExchangeClock, isStream: Bool, _ end: End) -> SharedRecord {
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
                durations: self.durations,
                tokens: self.tokens
            )
        )
    }

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
    }
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
