// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// What a member and its coordinator tell each other about one request of the member, which has a number of its own there.
enum RequestMessage: Hashable {
    // From the member.
    /// It has arrived, or waits still: what it is, how long ago it arrived, and how long its client still waits, both in nanoseconds.
    case arrived(RemoteRequest)
    /// It waits no longer: its client has left, or its deadline has come.
    case left
    /// A reply that is no error has begun.
    case answered(isStream: Bool)
    /// Its backend has refused it, or could not be reached; it needs another one.
    case needsBackend(RefusedBy)
    /// It has ended, and its slot is free.
    case ended(Ending, ReplyNews)
    /// Somebody wants to know where it is in the queue.
    case asks
    /// All that waits has been told of to a new coordinator. It is about no request; its number is 0.
    case toldAll

    // From the coordinator.
    // Each says where the request was at its arrival, or nothing if that is not known.
    /// It has a slot on a backend, by its URL.
    case start(backend: String, rule: StartRule, QueuePlace?)
    /// It gets none.
    case turnedAway(Rejection, QueuePlace?)
    /// Its time is up, and where it was then.
    case timedOut(QueueStanding, QueuePlace?)
    /// It waits, and where it is.
    case waits(WaitingRequest, QueuePlace?)

    /// Why a request needs another backend.
    enum RefusedBy: Hashable {
        /// Its backend answered 503, and may have said when to come back, in nanoseconds.
        case answer(retryAfter: Int64?)
        /// Its backend took no connection.
        case unreachable
    }
}

/// A request as another member's coordinator has to know it.
struct RemoteRequest: Hashable {
    var id: String
    var model: ModelName
    var client: Client
    var options = RunnerOptions()
    var requestClass = RequestClass.interactive
    var expectsStream = false
    var isDeadlineStated = false
    var units = 1
    var maxAnswerTokens: Int32 = 0
    var keepAlive: Nanoseconds?
    var isLoad = false
    var isUnload = false
    /// How long its client still waits; `nil` for ever.
    var patience: Nanoseconds?
    /// How long ago it arrived.
    var age = Nanoseconds.zero

    /// A request that arrived at some instant.
    init(_ request: ArrivingRequest, arrived: Instant, now: Instant) {
        (self.id, self.model, self.client) = (request.id, request.model, request.client)
        (self.options, self.requestClass) = (request.options, request.requestClass)
        (self.expectsStream, self.isDeadlineStated) = (request.expectsStream, request.isDeadlineStated)
        (self.units, self.maxAnswerTokens) = (Int(Int32(clamping: max(1, request.units))), request.maxAnswerTokens)
        (self.keepAlive, self.isLoad, self.isUnload) = (request.keepAlive, request.isLoad, request.isUnload)
        self.patience = request.deadline == .distantFuture ? nil : now.duration(to: request.deadline)
        self.age = arrived.duration(to: now)
    }

    /// The request, with a deadline of this machine's clock.
    func arriving(now: Instant) -> ArrivingRequest {
        var request = ArrivingRequest(
            id: self.id,
            model: self.model,
            client: self.client,
            deadline: self.patience.map { now + $0 } ?? .distantFuture
        )
        (request.options, request.requestClass) = (self.options, self.requestClass)
        (request.expectsStream, request.isDeadlineStated) = (self.expectsStream, self.isDeadlineStated)
        (request.units, request.maxAnswerTokens) = (self.units, self.maxAnswerTokens)
        (request.keepAlive, request.isLoad, request.isUnload) = (self.keepAlive, self.isLoad, self.isUnload)
        return request
    }
}

/// What of a reply the coordinator learns from: a part of ``ReplyProgress``, with times as lengths.
struct ReplyNews: Hashable {
    /// How long after its slot the first byte came; `nil` if none did.
    var firstByte: Nanoseconds?
    var status = 0
    var isStream = false
    var durations: ReplyDurations?
    var tokens: TokenCounts?

    init() {}

    init(_ progress: ReplyProgress, started: Instant) {
        self.firstByte = progress.firstByte.map { started.duration(to: $0) }
        (self.status, self.isStream) = (progress.status, progress.isStream)
        (self.durations, self.tokens) = (progress.durations, progress.tokens)
    }

    /// The same for a slot of this machine's clock, which has no byte that is still to come.
    func progress(started: Instant, now: Instant) -> ReplyProgress {
        var progress = ReplyProgress()
        progress.firstByte = self.firstByte.map { min(started + $0, max(started, now)) }
        (progress.status, progress.isStream) = (self.status, self.isStream)
        (progress.durations, progress.tokens) = (self.durations, self.tokens)
        return progress
    }
}
