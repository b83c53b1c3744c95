// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockSockets

/// A request and its reply, from the slot to the last byte: the owner of everything that belongs to them.
///
/// It knows no client. What is known of the request is in its ``RequestFacts`` and its ``RequestBody``, the reply goes to a
/// ``ReplySink``. The same object serves one request after the other.
final class Exchange {
    private let loop: LoopContext
    private let gateway: Gateway
    private let facts: RequestFacts
    private let body: RequestBody
    // Parts of these: to go through them, as each request would a dozen times, is a reference counted up and down each time.
    private let admission: AdmissionController
    private let backends: BackendConnections
    private let eventLoop: SocketLoop
    private let forward: ForwardedRequest
    private let reply: any ReplySink
    /// Whether the request is one of our own, which no statistics count.
    private let isOurs: Bool
    /// The object that begins the requests; nil once no other one can begin.
    private var owner: (any ExchangeOwner)?

    private var phase = Phase.idle
    private var clock = ExchangeClock()
    private var progress = ExchangeProgress()
    /// The model of the request, once known.
    private var model: ModelName?
    private var waiter: ExchangeWaiter?
    /// What was sent, until a reply comes, if another backend may get it in case this one refuses it.
    private var sent: [ByteBuffer] = []
    /// How many backends a request without a slot has been sent to.
    private var triedBackends = 0
    /// Whether the request does nothing but unload its model.
    private var isUnload = false

    /// - Parameters:
    ///   - facts: what is known of each request.
    ///   - body: the bodies of the requests.
    ///   - reply: the receiver of the replies.
    ///   - isOurs: whether it serves one request of our own. Defaults to false.
    ///   - loop: the event loop's context.
    init(
        _ facts: RequestFacts,
        _ body: RequestBody,
        to reply: any ReplySink,
        isOurs: Bool = false,
        on loop: LoopContext
    ) {
        self.facts = facts
        self.body = body
        self.reply = reply
        self.isOurs = isOurs
        self.loop = loop
        self.gateway = loop.gateway
        (self.admission, self.backends, self.eventLoop) = (loop.gateway.admission, loop.backends, loop.eventLoop)
        self.forward = body.forward
    }

    /// Sets who is told how its requests end.
    func begin(for owner: any ExchangeOwner) { self.owner = owner }

    /// When ``deadlineReached(now:)`` is to be called; nil if nothing is due.
    var deadline: Instant? { self.clock.deadline }

    /// Whether its request waits for a slot.
    var isWaiting: Bool { self.phase.kind == .waiting }

    /// Whether a backend takes more of the request's body without piling up.
    var takesInput: Bool { self.phase.connection?.isWritable ?? true }

    // MARK: - The beginning

    /// A request begins: its head has arrived, or will not arrive.
    ///
    /// - Parameter began: when its first byte arrived.
    func begin(at began: Instant) {
        self.progress = ExchangeProgress()
        if self.model != nil { self.model = nil }
        if self.isUnload { self.isUnload = false }
        self.clock.begin(at: began, requestTimeout: self.loop.timeouts.request)
        if !self.isOurs { self.gateway.exchangeBegan() }
    }

    /// Its whole body is taken in first.
    func receives() { self.clock.receives(statedTimeout: self.facts.statedTimeout) }

    /// Its body is an upload, of which something has arrived.
    func uploads() { self.clock.uploads(now: .now()) }

    /// Its body has been read: the request gets a slot, waits, or is rejected.
    ///
    /// - Parameters:
    ///   - model: its model.
    ///   - hints: what its body has besides that.
    func arrive(_ model: ModelName, _ hints: BodyHints) {
        let waiter = self.waiter ?? self.makeWaiter()
        let now = Instant.now()
        waiter.begins()
        self.model = model
        self.progress.arrived(hints, self.facts, at: now)
        let request = self.progress.arriving(model, hints, self.facts, self.clock)
        let hasQuota = self.facts.identity?.hasQuota == true
        // A day ends by the system's clock, which may have been set.
        if hasQuota { self.admission.setClock(offset: Instant.offsetSince1970()) }
        let arrival = self.admission.arrive(request, waiter: waiter, now: now)
        if hasQuota, let standing = self.admission.quotaStanding(of: self.facts.client.name, now: now) {
            self.reply.additions.quotaLines = standing.lines(self.facts.dialect)
        }
        switch arrival {
        case .start(let slot):
            self.note(.free)
            self.admitted(slot)
        case .queued(let ticket, let position, let estimatedWait):
            if let position {
                // It may have got its slot already.
                let reason = self.admission.waitReason(of: ticket, now: now) ?? .slot
                self.note(QueuePlace(position: position, estimatedWait: estimatedWait, reason: reason))
            }
            self.forward.compact(on: self.eventLoop)
            self.wait(ticket, now: now)
        case .rejected(let rejection):
            self.noteWait(.zero)
            self.fail(.rejected(rejection))
        }
    }

    private func makeWaiter() -> ExchangeWaiter {
        let waiter = ExchangeWaiter(self, from: self.facts.peerName, on: self.eventLoop)
        self.waiter = waiter
        return waiter
    }

    /// Its model is known, though it has not arrived at the admission.
    func concerns(_ model: ModelName) { self.model = model }

    /// Its body has been read, and it passes through.
    func passesThrough() { self.clock.passes() }

    /// It waits for its slot as long as that takes, and has `request_timeout` from then on.
    func waitsForSlot() { self.clock.waitsForSlot() }

    /// It does nothing but unload its model, and takes no slot.
    func unloads() { self.isUnload = true }

    /// It is answered without a slot, and takes the time that it takes.
    func stopClock() { self.clock.stops() }

    /// Sends the request to a backend at once.
    func runWithoutSlot(on backend: BackendIndex) {
        self.triedBackends = 1
        let now = Instant.now()
        self.progress.started = now
        self.clock.runs(now: now)
        self.owner?.deadlineMoved()
        self.connect(nil, to: backend)
    }

    private func note(_ place: QueuePlace) {
        self.progress.note(place)
        self.reply.additions.note(place)
    }

    private func noteWait(_ wait: Nanoseconds) {
        self.progress.waited = wait
        self.reply.additions.queueWait = wait
    }

    private func wait(_ ticket: Ticket, now: Instant) {
        self.phase = .waiting(ticket)
        // NDJSON has nothing that its readers skip.
        let showsLife = self.facts.streaming == .onRequest && self.progress.expectsStream
        self.clock.waits(showingLifeEvery: showsLife ? self.loop.timeouts.queueKeepalive : nil, now: now)
        self.owner?.deadlineMoved()
    }

    // MARK: - The admission

    /// The admission has an answer, which waits for its turn.
    func queue(_ answer: WaiterAnswer) { self.loop.answers.add(answer, for: self) }

    /// The admission has answered the request, or one before it on the same connection.
    func receive(_ answer: WaiterAnswer) {
        let isWaiting = self.phase.kind == .waiting
        switch answer {
        case .start(let slot):
            if isWaiting {
                self.admitted(slot)
            } else {
                // The client went away while the slot was on its way to it.
                self.admission.lease(slot).end(.cancelled, now: .now())
            }
        case .reject(let rejection):
            guard isWaiting else { return }
            self.noteWait(self.progress.arrived?.duration(to: .now()) ?? .zero)
            self.fail(.rejected(rejection))
        case .timeOut(let waited, let standing):
            guard isWaiting else { return }
            self.noteWait(waited)
            self.fail(.timedOut, standing: standing)
        case .cancel(let ticket):
            // It may have ended meanwhile, and the next request on this connection have begun.
            if self.phase.activeTicket == ticket { self.fail(.cancelledByAdmin) }
        case .placed(let ticket, let place):
            if self.phase.waitingTicket == ticket { self.note(place) }
        case .waits(let ticket, let waiting):
            if self.phase.waitingTicket == ticket, self.clock.isLifeAsked { self.show(waiting, now: .now()) }
        }
    }

    /// The request has its slot.
    private func admitted(_ slot: Slot) {
        self.noteWait(slot.waited)
        self.progress.started = slot.started
        self.progress.rule = slot.rule
        self.clock.runs(now: slot.started)
        self.owner?.deadlineMoved()
        self.connect(self.admission.lease(slot), to: slot.backend)
    }

    // MARK: - The way to the backend

    /// Sends a request of our own to a backend, on a connection of its own.
    func send(to backend: BackendIndex) { self.connectAnew(nil, to: backend) }

    private func connect(_ lease: consuming SlotLease?, to backend: BackendIndex) {
        self.progress.backend = backend
        if let kept = self.backends.takeKept(to: backend) {
            self.send(on: kept, lease, to: backend)
        } else {
            self.connectAnew(lease, to: backend)
        }
    }

    private func connectAnew(_ lease: consuming SlotLease?, to backend: BackendIndex) {
        let attempt = self.backends.connectAnew(self, to: backend)
        self.phase = .connecting(Outgoing(lease: lease, backend: backend, attempt: attempt))
    }

    private func send(on connection: BackendConnection, _ lease: consuming SlotLease?, to backend: BackendIndex) {
        let mayGoElsewhere = lease != nil && self.backends.count > 1
        self.phase = .relaying(Relay(lease: lease, backend: backend, connection: connection))
        connection.begin(self, isReplyToHead: self.facts.isHead)
        let lines = self.backends.lines(of: backend)
        let (first, rest) = self.forward.finished(hostLine: lines.host, keyLine: lines.key, on: self.eventLoop)
        if mayGoElsewhere { self.sent = [first] + rest }
        connection.write(first)
        for piece in rest { connection.write(piece) }
        if rest.isEmpty, !mayGoElsewhere {
            self.body.release()
        } else if !mayGoElsewhere {
            // A large body holds its memory until the backend has taken it.
            let count = self.body.leaveMemory()
            connection.whenSent { [memory = self.gateway.memory] in memory.count(-count) }
        }
        connection.flush()
        guard !self.body.isWhole else { return }
        self.passBodyOn()
        self.owner?.inputDemandChanged()
    }

    /// Passes on what has arrived of the request's body.
    func passBodyOn() {
        guard let connection = self.phase.connection else { return }
        do throws(ErrorCause) { try self.body.passOn(to: connection) } catch { self.fail(error, resets: true) }
    }

    private func passThroughElsewhere(_ cause: ErrorCause, than failed: BackendIndex) {
        self.admission.setBackend(failed, healthy: false, now: .now())
        let other = self.admission.chooseBackendForPassThrough()
        guard other != failed, self.triedBackends < self.backends.count else { return self.fail(cause) }
        self.triedBackends += 1
        self.connect(nil, to: other)
    }

    // MARK: - The end

    /// Answers the request, which no backend has.
    func answer(_ answer: OwnReply) {
        self.body.release()
        let next: AfterReply
        do throws(ErrorCause) { next = try self.reply.answer(answer, self.endRequest()) } catch {
            return self.fail(error)
        }
        if !self.facts.isHead { self.progress.bytesOut = answer.bytes.readableBytes }
        let ending = self.facts.isOwn ? .completed : answer.ending
        self.end(ending, answer.status, (answer.code, nil), BackendAccount(), next)
    }

    /// Ends the request with an error: as its answer, after a stream that has begun, or by cutting off another reply.
    ///
    /// - Parameters:
    ///   - cause: why.
    ///   - resets: whether a reply that has begun is cut off so that its client cannot take it for whole. Defaults to false.
    ///   - standing: where the request was in its queue. Defaults to nil: it did not wait.
    func fail(_ cause: ErrorCause, resets: Bool = false, standing: QueueStanding? = nil) {
        let isUnsent = self.reply.stage == .unsent
        let isPreflight = self.facts.crossOrigin == .refusedPreflight
        let error = ErrorReply(isUnsent && isPreflight ? .foreignOrigin : cause, self.context(cause, standing))
        if self.phase.kind != .idle, !self.isOurs { self.gateway.logger.requestFailed(self.facts.id, error) }
        let (relayed, account) = self.leavePhase(cause.entry.ending)
        self.body.release()
        let request = isUnsent ? self.endRequest() : RequestEnd(isWhole: self.body.isWhole, mayKeep: false)
        let next = self.reply.fail(cause, error, behind: relayed, request)
        if isUnsent { self.progress.bytesOut = self.reply.answeredBytes }
        let status = isUnsent ? error.status : self.reply.status
        let ending = self.facts.isOwn ? .completed : error.ending
        self.end(ending, status, (error.code, error.cause), account, resets && !isUnsent ? .reset : next)
    }

    private func context(_ cause: ErrorCause, _ standing: QueueStanding?) -> ErrorContext {
        let isAtBackend = self.phase.kind == .connecting || self.phase.kind == .relaying
        var context = self.progress.context(self.clock, isAtBackend ? self.reply.stage : nil, now: .now())
        context.model = self.model?.description
        context.bytesIn = self.body.byteCount
        context.standing = standing
        if cause == .headTimedOut { context.timeout = ExchangeClock.headTimeout }
        return context
    }

    /// Discards what has arrived of a request that is answered before its end.
    private func endRequest() -> RequestEnd {
        RequestEnd(
            isWhole: self.body.discard(),
            mayKeep: !self.gateway.isDraining && !self.gateway.clientPlaces.isWanted
        )
    }

    /// Gives back what the current phase holds. A backend connection is closed before the slot is free, as the backend may be
    /// working for it until then.
    ///
    /// - Parameter ending: how the request counts if it holds a slot.
    /// - Returns: how far the backend's reply was relayed, nil if nothing of it was; and what the backend said of the request.
    private func leavePhase(_ ending: Ending) -> (relayed: ReplyBody?, account: BackendAccount) {
        if !self.sent.isEmpty { self.sent = [] }
        switch Swift.exchange(&self.phase, with: .idle) {
        case .idle: return (nil, BackendAccount())
        case .waiting(_): return (nil, BackendAccount())
        case .connecting(var outgoing):
            outgoing.attempt.abandon()
            self.endLease(outgoing.lease.take(), ending, BackendAccount())
            return (nil, BackendAccount())
        case .relaying(var relay):
            let isUnsent = self.reply.stage == .unsent
            var account = BackendAccount()
            if isUnsent { self.progress.dropFirstByte() } else { account = self.progress.noteEnd(relay.connection) }
            relay.connection.close()
            self.endLease(relay.lease.take(), ending, account)
            return (isUnsent ? nil : relay.connection.reply, account)
        }
    }

    private func endLease(_ lease: consuming SlotLease?, _ ending: Ending, _ account: BackendAccount) {
        guard let lease else { return }
        let isStream = self.progress.firstByte != nil && self.reply.format != nil
        let progress = self.progress.sinceReport(isStream: isStream, account)
        lease.end(ending, progress, now: .now())
    }

    private typealias Failure = ExchangeProgress.Failure

    private func end(_ ending: Ending, _ status: Int, _ error: Failure, _ account: BackendAccount, _ next: AfterReply) {
        self.clock.stops()
        self.finish(ending, status, error, account)
        self.owner?.exchangeEnded(next)
    }

    private func finish(_ ending: Ending, _ status: Int, _ failure: Failure, _ account: BackendAccount) {
        guard !self.isOurs else { return }
        if account.endsInError { self.gateway.logger.streamFailed(self.facts.id, self.model) }
        if !self.gateway.observers.isEmpty {
            self.progress.bytesIn = self.body.byteCount
            let end = ExchangeProgress.End(
                model: self.model,
                ending: ending,
                status: status > 0 ? status : nil,
                code: failure.code,
                cause: failure.cause,
                account: account
            )
            let record = self.progress.record(self.facts, self.clock, isStream: self.reply.format != nil, end)
            for observer in self.gateway.observers { observer.ended(record, onLoop: self.loop.index) }
        }
        self.gateway.exchangeEnded()
    }

    /// The client has disconnected, with a request that has not ended.
    func clientGone() {
        if !self.finishWithoutClient() {
            if let ticket = self.phase.waitingTicket { _ = self.admission.cancel(ticket, now: .now()) }
            let account = self.leavePhase(.cancelled).account
            self.finish(.cancelled, self.reply.status, (nil, nil), account)
        }
        self.body.release()
    }

    /// No other request follows.
    func close() { (self.waiter, self.owner) = (nil, nil) }

    /// A client that leaves with the final event of a stream has had everything.
    ///
    /// - Returns: whether it has.
    private func finishWithoutClient() -> Bool {
        guard self.reply.stage == .stream, self.body.isWhole, self.reply.isTaken,
            let connection = self.phase.connection, connection.reply.hasSeenFinalEvent,
            case .relaying(var relay) = Swift.exchange(&self.phase, with: .idle)
        else { return false }
        let account = self.progress.noteEnd(connection)
        let progress = self.progress.sinceReport(isStream: true, account)
        _ = FinishingReply(connection, relay.lease.take(), account.ending, progress, on: self.loop)
        self.finish(account.ending, self.reply.status, account.failure, account)
        return true
    }

    /// The deadline has passed.
    func deadlineReached(now: Instant) {
        switch self.phase.kind {
        case .idle: break
        case .waiting: self.showLife(now: now)
        case .connecting, .relaying: self.fail(.timedOut)
        }
    }

    /// Shows the client that its request still waits.
    private func showLife(now: Instant) {
        guard let ticket = self.phase.waitingTicket else { return }
        if !self.clock.isLifeAsked, self.admission.askPlace(of: ticket) { return self.clock.lifeAsked(now: now) }
        self.show(self.admission.waiting(ticket, now: now), now: now)
    }

    private func show(_ waiting: WaitingRequest?, now: Instant) {
        if let waiting { self.reply.show(waiting) }
        self.clock.lifeShown(now: now)
        self.owner?.deadlineMoved()
    }

    /// The client takes nothing of what is to be sent to it, or does again.
    func setClientBlocked(_ isBlocked: Bool) { self.waiter?.setBlocked(since: isBlocked ? .now() : nil) }

    /// The client takes more of the reply, or does not.
    func setReplyPaused(_ isPaused: Bool) { self.phase.connection?.setReadsPaused(isPaused) }
}

extension Exchange: AnswerReceiver {}

extension Exchange: BackendUser {
    var wantsPlainData: Bool { self.reply.wantsPlainData }

    func backendConnected(_ connection: BackendConnection) {
        guard case .connecting(var outgoing) = Swift.exchange(&self.phase, with: .idle) else {
            preconditionFailure("an attempt that was abandoned tells nobody of its end")
        }
        self.send(on: connection, outgoing.lease.take(), to: outgoing.backend)
    }

    func connectFailed(_ cause: ErrorCause) {
        guard case .connecting(var outgoing) = Swift.exchange(&self.phase, with: .idle) else {
            preconditionFailure("an attempt that was abandoned tells nobody of its end")
        }
        // A shortage of ours is no reason to try another backend: it would fail in the same way.
        if self.isOurs || cause.isShortage {
            self.phase = .connecting(outgoing)
            return self.fail(cause)
        }
        self.goElsewhere(outgoing.lease.take(), than: outgoing.backend, cause)
    }

    /// The request goes to another backend, as this one takes no connection, or none that it keeps until the request is sent.
    private func goElsewhere(_ lease: consuming SlotLease?, than backend: BackendIndex, _ cause: ErrorCause) {
        guard let lease else { return self.passThroughElsewhere(cause, than: backend) }
        self.go(lease.backendUnreachable(now: .now()), cause)
    }

    /// The backend closed the connection just when the request was about to be sent. It has seen nothing. If the connection had been kept,
    /// the request goes to it on a new one; if that was new, to another backend.
    func backendTookNothing(_ unsent: [ByteBuffer], isNew: Bool) {
        guard case .relaying(var relay) = Swift.exchange(&self.phase, with: .idle) else { return }
        let isHeld = !self.sent.isEmpty
        self.sent = []
        self.body.takeBack(unsent, isHeld: isHeld)
        guard isNew else { return self.connectAnew(relay.lease.take(), to: relay.backend) }
        let cause = ErrorCause.backendUnreachable("it closed the connection before the request was sent")
        if self.isOurs { return self.fail(cause) }
        self.goElsewhere(relay.lease.take(), than: relay.backend, cause)
    }

    func interimReply(_ head: borrowing MessageHead, _ bytes: ByteBuffer) {
        self.reply.interim(head, bytes.readableBytesUInt8Span)
    }

    func replyHead(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {
        let now = self.loop.arrivalTime
        if self.goesElsewhere(head, bytes, now: now) { return }
        self.progress.answered(head.status, at: now)
        let mayKeep =
            self.facts.keepsConnection && self.body.isWhole && !self.gateway.isDraining
            && !self.gateway.clientPlaces.isWanted
        self.reply.begin(head, bytes, framing: framing, mayKeep: mayKeep)
        if self.reply.status < 400, self.reply.format == nil { self.phase.answered(isStream: false, now: now) }
        guard let format = self.reply.format else {
            if self.facts.isQueued, self.reply.status == 200 {
                self.phase.connection?.lookForEnd(self.facts.isOllama ? .whole : .wholeWithUsage)
            }
            return
        }
        self.phase.connection?.lookForEnd(format.finalEvent)
        self.clock.streamed(now: now)
    }

    /// Whether the request goes to another backend, as this one refuses it whole: it has not begun to work on it, and nothing of its
    /// reply was passed on.
    private func goesElsewhere(_ head: borrowing MessageHead, _ bytes: ByteBuffer, now: Instant) -> Bool {
        guard !self.sent.isEmpty else { return false }
        let sent = Swift.exchange(&self.sent, with: [])
        let retryAfter = head.status == 503 ? head.retryAfter(bytes.readableBytesUInt8Span) : nil
        guard head.status == 503, self.phase.refused(retryAfter: retryAfter, now: now) else {
            self.body.release()
            return false
        }
        guard case .relaying(var relay) = Swift.exchange(&self.phase, with: .idle), let lease = relay.lease.take()
        else {
            preconditionFailure("only a request with a slot is refused")
        }
        relay.connection.close()
        self.body.takeBack(sent, isHeld: true)
        self.go(lease.reassign(now: now), .backendBrokeOff)
        return true
    }

    /// Goes on as the admission says with a request that its backend has not begun to work on.
    private func go(_ reassignment: Reassignment, _ cause: ErrorCause) {
        switch reassignment {
        case .start(let slot): self.admitted(slot)
        case .queued(let ticket):
            self.progress.started = nil
            self.wait(ticket, now: .now())
        case .rejected(let rejection): self.fail(.rejected(rejection))
        case .noBackend: self.fail(cause)
        }
    }

    func replyBytes(_ bytes: ByteBuffer) {
        do throws(ErrorCause) { try self.reply.write(bytes) } catch { return self.fail(error) }
        if self.reply.format != nil { self.streamed() }
    }

    /// A piece of a stream has arrived.
    private func streamed() {
        let now = self.loop.arrivalTime
        self.clock.streamed(now: now)
        if let waiter = self.waiter, let connection = self.phase.connection {
            waiter.passedOn(connection.reply.chunks, now: now)
        }
        if self.progress.isFirstPiece { self.phase.answered(isStream: true, now: now) }
        guard self.progress.isReportDue(now: now), let connection = self.phase.connection else { return }
        self.progress.note(connection)
        var progress = self.progress.sinceReport(isStream: true, BackendAccount())
        // The first byte counts once, with the end.
        progress.firstByte = nil
        self.phase.report(progress)
        self.progress.hasReported(now: now)
    }

    func replyBurstEnded() {
        // If the backend has closed already, the end is told next, and shows whether the reply is whole.
        self.reply.burstEnded(isOpen: self.phase.connection?.hasPeerEnded != true)
    }

    func replyEnded(isReusable: Bool) {
        guard case .relaying(var relay) = Swift.exchange(&self.phase, with: .idle) else { return }
        let isWholeRequest = self.body.isWhole
        // The connection is kept before the slot is free, so that the next holder of the slot finds it; and the slot is free
        // before the client has the last byte, so that the statistics count what a client knows to be done.
        let account = self.progress.noteEnd(relay.connection)
        if isReusable, isWholeRequest, !self.isOurs {
            self.backends.keep(relay.connection)
        } else {
            relay.connection.close()
        }
        let status = self.reply.status
        if self.isUnload, status == 200, let model = self.model {
            self.admission.unloadedForClient(model, on: relay.backend, now: .now())
        }
        self.endLease(relay.lease.take(), account.ending, account)
        let next = self.reply.end(isWholeRequest: isWholeRequest)
        self.end(account.ending, status, account.failure, account, next)
    }

    func backendLost(_ cause: ErrorCause) { self.fail(cause) }

    func backendWritabilityChanged() { self.owner?.inputDemandChanged() }
}
