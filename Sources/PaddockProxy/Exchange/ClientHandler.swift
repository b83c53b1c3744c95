// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// A connection of a client: reads its requests one after the other and carries out what follows from them.
///
/// It translates: bytes and what happens to the connection become events of `ExchangeStateMachine` and of the admission, and their
/// actions become writes, closes and reads. The client's connection and the backend's are on the same event loop, so no
/// byte crosses a thread. The parts: `+Request`, `+Body` and `+Arrival` read what comes in, `+Reply` relays what goes out.
final class ClientHandler {
    /// Of a request that cannot be read on yet, this much is taken from the socket.
    private static let maxUnreadBytes = 65_536
    /// Behind a request that has been read whole, this much is taken from the socket before the next one is begun.
    private static let maxReadAheadBytes = 4_096

    let loop: LoopContext
    /// Where its event loop keeps it.
    var position = 0
    let gateway: Gateway
    let connection: Connection

    var machine: ExchangeStateMachine
    var request = ClientRequest()
    var isExchangeCounted = false
    // For the records.
    var methodAndPath: [UInt8] = []
    var peer: String?
    /// The `Origin` of a request whose page may read the answer.
    var origin: [UInt8] = []

    // What comes in.
    var inbound = ByteBuffer()
    var headScanner = HeadScanner()
    var head = MessageHead()
    var body = BodyReader(.none)
    /// The request to an own route, while its body comes in.
    var own: OwnRequest?
    var intake: BodyIntake?
    var isReadingInbound = false
    /// Whether the client has said all that it will.
    var hasPeerEnded = false
    /// Whether a packed body waits for its next slice.
    var isUnpacking = false
    /// What unpacking takes of ``heldBytes``.
    var decoderBytes = 0
    /// How many requests were begun since something was read.
    var begunRequests = 0
    /// Whether its next request waits for the next turn.
    var awaitsTurn = false
    /// Whether its next request waits until it has taken the answers to those before.
    var awaitsRoom = false

    // What goes on to a backend.
    var forward: ForwardedRequest?
    /// What its request holds of `max_queued_bytes`.
    var heldBytes = 0
    /// What its input holds of `max_queued_bytes`.
    private var countedInput = 0
    var uploadsChunks = false
    var waiter: ExchangeWaiter?
    var ticket: Ticket?
    var lease: SlotLease?
    var backendIndex = 0
    var triedBackends = 0
    /// The connection that is being made for this exchange.
    var attempt: BackendAttempt?
    var backend: BackendHandler?
    /// The model that it has unloaded by several backends.
    var unloading: Unloading?

    // What goes back.
    /// The head of the backend's reply, and what of its body came with it: held back until the burst has ended well, as an
    /// error can be answered in its place until then.
    var pendingHead: ByteBuffer?
    /// The events that this client follows.
    var feed: EventFeed?
    /// The list that several backends are being asked for.
    var listing: ModelListing?
    private var timer = LazyTimer()

    init(_ connection: Connection, loop: LoopContext) {
        self.connection = connection
        self.loop = loop
        self.gateway = loop.gateway
        self.machine = ExchangeStateMachine(requestTimeout: loop.settings.requestTimeout, now: .now())
        loop.add(self)
    }

    /// Since when there is no request on it; nil while there is one, or while it follows events.
    var idleSince: Instant? { self.feed == nil ? self.machine.idleSince : nil }

    // MARK: - Back-pressure towards the client

    /// While a request is on its way to a backend or waits, only so much of what follows it is taken in. Reading goes
    /// on until then, as that is how a client that goes away is noticed.
    private var wantsToRead: Bool {
        if self.body.hasEnded { return self.inbound.readableBytes < Self.maxReadAheadBytes }
        // One more than the longest head, as that is how one that is too long is known.
        return self.inbound.readableBytes <= Self.maxUnreadBytes && (self.backend?.isWritable ?? true)
    }

    /// Stops or goes on reading, as it is wanted or not.
    func updateReading() { self.connection.setReadsPaused(!self.wantsToRead) }

    // MARK: - From the admission

    func hear(_ answer: WaiterAnswer) {
        switch answer {
        case .start(let slot):
            if self.machine.phase == .waiting {
                self.admitted(slot)
            } else {
                // The client went away while the slot was on its way to it.
                self.gateway.admission.lease(slot).end(.cancelled, now: .now())
            }
        case .reject(let rejection):
            guard self.machine.phase == .waiting else { return }
            self.request.waited = self.request.arrived?.duration(to: .now())
            if self.machine.hasBegunReply { self.breakStream(rejection) } else { self.answer(rejection) }
        case .timeOut(let waited):
            guard self.machine.phase == .waiting else { return }
            self.request.waited = waited
            self.perform(self.machine.timedOutWhileWaiting())
        case .cancel(let ticket):
            // It may have ended meanwhile, and the next request on this connection have begun.
            if self.lease?.ticket == ticket { self.perform(self.machine.backendFailed(.cancelledByAdmin)) }
        }
    }

    /// The request has its slot.
    func admitted(_ slot: Slot) {
        self.ticket = nil
        self.request.waited = slot.waited
        self.request.started = slot.started
        self.request.rule = slot.rule
        self.lease = self.gateway.admission.lease(slot)
        self.machine.admitted()
        // What is read in ends with an update of its own.
        if !self.isReadingInbound { self.updateTimer() }
        self.connect(to: slot.backend)
    }

    func connect(to backend: Int) {
        self.backendIndex = backend
        if let kept = self.loop.takeKept(to: backend) {
            self.backendConnected(kept)
        } else {
            self.attempt = self.loop.connectAnew(self, to: backend)
        }
    }

    // MARK: - What follows from the machine

    func perform(_ action: ExchangeStateMachine.Action) {
        switch action {
        case .none:
            break
        case .answer(let failure):
            self.endBackend(failure.outcome)
            let reply = self.reply(to: failure)
            self.logFailure(reply)
            self.answer(reply)
        case .endStream(let failure):
            let reply = self.reply(to: failure)
            self.writeStreamTail(reply)
            self.breakOff(failure, reply)
            self.closeAfterFlush(resets: self.request.replyEndsAtClose)
        case .abort(let failure):
            self.breakOff(failure, self.reply(to: failure))
            self.closeAfterFlush(resets: self.request.replyEndsAtClose)
        case .leaveQueue:
            if let ticket = self.ticket { _ = self.gateway.admission.cancel(ticket, now: .now()) }
            self.ticket = nil
        case .cancel:
            self.endBackend(.cancelled)
        case .showLife:
            self.showLife()
        case .close:
            self.connection.close()
        }
    }

    private func reply(to failure: ExchangeFailure) -> ErrorReply {
        failure.reply(self.failureContext)
    }

    /// Ends an exchange whose reply has begun.
    private func breakOff(_ failure: ExchangeFailure, _ reply: ErrorReply) {
        self.logFailure(reply)
        self.endBackend(failure.outcome)
        self.recordReply(ExchangeRecord.Outcome(failure.outcome), code: reply.code, now: .now())
    }

    /// Closes the backend connection, or ends the attempt to make one, and gives the slot back.
    private func endBackend(_ outcome: Outcome) {
        if let attempt = self.attempt.take() { attempt.abandon() }
        let backend = self.backend
        self.backend = nil
        if let backend, self.pendingHead == nil { self.noteReply(of: backend) }
        self.takeBackHead()
        backend?.close()
        self.endLease(outcome)
    }

    /// A client that leaves with the final event of a stream has had everything.
    private func finishReplyWithoutClient() {
        guard self.machine.phase == .relaying(isStream: true), let backend = self.backend, self.body.hasEnded,
            backend.reply.hasSeenFinalEvent, self.pendingHead == nil, self.connection.waitingBytes == 0
        else { return }
        self.noteReply(of: backend)
        self.backend = nil
        _ = FinishingReply(
            backend,
            self.lease.take(),
            status: self.request.replyStatus,
            self.progress(),
            on: self.loop
        )
        self.recordReply(.completed, now: .now())
        self.machine.replyEnded(now: .now())
    }

    private func endLease(_ outcome: Outcome) {
        if let lease = self.lease.take() { lease.end(outcome, self.progress(), now: .now()) }
    }

    /// Counts what the input holds, if that is more than the few KiB that every connection may have.
    ///
    /// - Returns: whether it fits in `max_queued_bytes`.
    func countInput() -> Bool {
        let capacity = self.inbound.readableBytes > 0 ? self.inbound.storageCapacity : 0
        let counted = capacity > Self.maxReadAheadBytes ? capacity : 0
        let change = counted - self.countedInput
        guard change != 0 else { return true }
        self.countedInput = counted
        self.gateway.countBytes(change)
        return change < 0 || self.gateway.heldBytes <= self.loop.settings.maxQueuedBytes
    }

    /// The memory of the request is free again.
    func giveBackBody() {
        self.giveBackBytes()
        self.forward = nil
        self.intake = nil
    }

    func giveBackBytes() {
        self.gateway.countBytes(-self.heldBytes)
        self.heldBytes = 0
        self.decoderBytes = 0
    }

    func exchangeBegan() {
        self.isExchangeCounted = true
        self.gateway.exchangeBegan()
    }

    func exchangeEnded() {
        guard self.isExchangeCounted else { return }
        self.isExchangeCounted = false
        self.gateway.exchangeEnded()
    }

    /// Gives the connection away, where nothing is on its way between two requests.
    func giveAway() -> Int32? {
        guard self.machine.phase == .idle, self.inbound.readableBytes == 0, self.feed == nil,
            let descriptor = self.connection.giveAway()
        else { return nil }
        self.timer.cancel(on: self.loop.eventLoop)
        self.waiter = nil
        self.loop.remove(self)
        return descriptor
    }

    // MARK: - Time

    func updateTimer() {
        guard self.connection.isOpen, let deadline = self.machine.deadline?.deadline,
            self.timer.isTooLate(for: deadline)
        else { return }
        self.timer.set(deadline, on: self.loop.eventLoop) { [unowned self] in self.timerFired() }
    }

    private func timerFired() {
        if self.timer.fired(self.machine.deadline?.deadline, now: .now()) {
            self.perform(self.machine.deadlineReached(now: .now()))
        }
        self.updateTimer()
    }
}

extension ClientHandler: ConnectionDelegate {
    func received(_ bytes: ByteBuffer) {
        self.begunRequests = 0
        if self.inbound.readableBytes == 0 { self.inbound = bytes } else { self.inbound.writeImmutableBuffer(bytes) }
        self.readInbound()
    }

    func peerEnded() {
        self.hasPeerEnded = true
        self.endAfterPeer()
    }

    func writabilityChanged() { self.backend?.setReadsPaused(!self.connection.isWritable) }

    func closed(isBroken: Bool) {
        self.finishReplyWithoutClient()
        self.perform(self.machine.clientGone())
        self.recordCancelled(now: .now())
        self.giveBackBody()
        self.gateway.countBytes(-self.countedInput)
        self.countedInput = 0
        self.exchangeEnded()
        self.timer.cancel(on: self.loop.eventLoop)
        self.waiter = nil
        if let unloading = self.unloading.take() { unloading.cancel() }
        if let listing = self.listing.take() { listing.cancel() }
        if let feed = self.feed.take() { feed.unsubscribe(self.connection) }
        self.loop.remove(self)
        self.gateway.clientPlaces.giveBack()
    }
}
