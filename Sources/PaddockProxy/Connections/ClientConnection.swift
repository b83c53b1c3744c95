// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockSockets

/// A connection of a client: it finds the heads of its requests, gives the bodies to their receivers, and continues after
/// each reply.
///
/// The connections of clients and of backends that belong together are on the same event loop, so no byte crosses a thread.
final class ClientConnection {
    /// Of a request that cannot be read on yet, this much is taken from the socket.
    private static let maxUnreadBytes = 65_536
    /// Carriage return and line feed.
    private static let lineBreak: UInt16 = 0x0D0A

    private enum State {
        /// There is no request.
        case idle(since: Instant)
        /// Part of a head has arrived.
        case readingHead(since: Instant)
        /// A request is under way.
        case serving
        /// The client gets a body that is written piece by piece: what a file holds, or events until it leaves.
        case following
        /// The last bytes are on their way to the client, or with it; what still arrives is discarded.
        case closing(deadline: Instant)
    }

    /// Where ``ClientConnections`` keeps it.
    var place = 0

    private let loop: LoopContext
    private let siblings: ClientConnections
    private let connection: Connection
    private let input = ClientInput()
    private var state = State.idle(since: .now())
    private var pipelining = Pipelining()
    private var headScanner = HeadScanner()
    private var isReadingInput = false
    /// Whether the client has closed its side.
    private var hasPeerEnded = false
    private var timer = LazyTimer()
    private let began = Instant.now()
    private let facts: RequestFacts

    /// What its requests go through.
    private let receiver: RequestReceiver

    /// - Parameters:
    ///   - connection: whose delegate it becomes.
    ///   - siblings: the other connections of the event loop.
    ///   - loop: the event loop's context.
    init(_ connection: Connection, among siblings: ClientConnections, on loop: LoopContext) {
        self.connection = connection
        self.siblings = siblings
        self.loop = loop
        let facts = RequestFacts(peer: connection.remoteAddress)
        self.facts = facts
        let reply = ClientReply(on: connection, to: facts, loop: loop)
        self.receiver = RequestReceiver(facts, from: self.input, to: reply, on: loop)
        self.receiver.begin(for: self)
        reply.whenStreamEnded = { [unowned self] in self.exchangeEnded(.next) }
        siblings.add(self)
        connection.delegate = self
    }

    /// Since when it has no request; nil while it has one, or while it follows events.
    var idleSince: Instant? { if case .idle(let since) = self.state { since } else { nil } }

    /// Counts it among others.
    func add(to survey: inout ConnectionSurvey, now: Instant) {
        let doing: ConnectionSurvey.Doing =
            switch self.state {
            case .idle, .readingHead, .closing: .idle
            case .serving: self.receiver.waitsForSlot ? .waiting : .active
            case .following: .active
            }
        let blocked = self.connection.blockedSince.map { now - Instant($0) } ?? .zero
        survey.add(
            address: self.facts.peerName,
            client: self.facts.client.name,
            doing,
            isReading: blocked < ConnectionSurvey.patience,
            age: max(.zero, now - self.began)
        )
    }

    /// Closes it.
    func close() { self.connection.close() }

    /// Gives the connection away, if nothing is on its way between two requests.
    ///
    /// - Returns: its socket.
    func giveAway() -> ConnectedSocket? {
        guard case .idle = self.state, self.input.count == 0, let socket = self.connection.giveAway() else {
            return nil
        }
        self.timer.cancel(on: self.loop.eventLoop)
        self.receiver.close(hasRequest: false)
        self.siblings.remove(self)
        return consume socket
    }

    // MARK: - Reading

    /// Continues with what has arrived, as far as the state of the request allows.
    private func readInput() {
        // What is answered from within continues here, not in a call of its own.
        guard !self.isReadingInput else { return }
        self.isReadingInput = true
        while self.takeStep() {}
        self.isReadingInput = false
        self.input.keep(self.loop.allocator)
        if self.input.isCountDue { self.countInput() }
        if self.hasPeerEnded { self.endAfterPeer() }
        self.updateTimer()
        self.updateReading()
    }

    private func countInput() {
        let limit = self.loop.configuration.maxQueuedBytes
        if !self.input.isWithin(limit, of: self.loop.gateway.memory), case .readingHead(let since) = self.state {
            self.state = .serving
            self.receiver.inputIsTooMuch(began: since)
        }
    }

    /// - Returns: whether there may be more to do.
    private func takeStep() -> Bool {
        switch self.state {
        case .idle:
            self.skipEmptyLines()
            guard self.input.count > 0, self.mayBegin() else { return false }
            self.state = .readingHead(since: self.loop.arrivalTime)
            return true
        case .readingHead(let since):
            return self.readHead(since)
        case .serving:
            return self.receiver.readBody()
        case .following:
            return false
        case .closing:
            self.input.removeAll()
            return false
        }
    }

    /// Between requests empty lines mean nothing (RFC 9112 §2.2).
    private func skipEmptyLines() {
        while self.input.count >= 2, self.input.bytes.getInteger(at: self.input.bytes.readerIndex) == Self.lineBreak {
            self.input.skip(2)
        }
    }

    /// Whether another request may be begun now; if not, this connection is called again.
    private func mayBegin() -> Bool {
        switch self.pipelining.next(waitingBytes: self.connection.waitingBytes) {
        case .begin: return true
        case .wait: return false
        case .waitForTurn:
            self.loop.eventLoop.later {
                self.pipelining.turnBegan()
                if self.connection.isOpen { self.readInput() }
            }
            return false
        case .waitForRoom:
            self.connection.whenSent {
                self.pipelining.hasRoom()
                if self.connection.isOpen { self.readInput() }
            }
            return false
        }
    }

    private func readHead(_ since: Instant) -> Bool {
        let bytes = self.input.bytes
        switch TLSHello.verdict(bytes.readableBytesUInt8Span) {
        case .other: break
        case .undecided: return false
        case .hello:
            self.state = .serving
            self.receiver.begin(without: .speaksTLS, began: since)
            return true
        }
        var head = self.loop.takeHead()
        let isWhole = self.readHead(&head, bytes, since)
        self.loop.giveBack(head)
        return isWhole
    }

    /// - Returns: whether the head has arrived as a whole, or is refused.
    private func readHead(_ head: inout MessageHead, _ bytes: ByteBuffer, _ since: Instant) -> Bool {
        do throws(HeadProblem) {
            return try bytes.withSpan { (span) throws(HeadProblem) in
                if self.headScanner.isFresh, let length = head.readUsualRequest(span) {
                    self.input.skip(length)
                } else {
                    guard let length = try self.headScanner.scan(span) else { return false }
                    try head.readRequest(span, length: length)
                    self.input.skip(length)
                }
                self.state = .serving
                self.receiver.begin(head, span, began: since)
                return true
            }
        } catch {
            self.state = .serving
            self.receiver.begin(without: ErrorCause(error), began: since)
            return true
        }
    }

    // MARK: - Back-pressure towards the client

    /// While a request is on its way to a backend or waits, only so much of what follows it is taken in. Reading goes
    /// on until then, as that is how a client that goes away is noticed.
    private var wantsToRead: Bool {
        switch self.state {
        case .idle, .following, .closing:
            return self.input.count < ClientInput.freeBytes
        case .serving where self.receiver.isRequestRead:
            return self.input.count < ClientInput.freeBytes
        case .readingHead, .serving:
            // One more than the longest head, as that is how one that is too long is known.
            return self.input.count <= Self.maxUnreadBytes && self.receiver.takesInput
        }
    }

    private func updateReading() { self.connection.setReadsPaused(!self.wantsToRead) }

    // MARK: - Time

    private var deadline: Instant? {
        switch self.state {
        case .idle, .following: nil
        case .readingHead(let since): since.advanced(by: ExchangeClock.headTimeout)
        case .serving: self.receiver.deadline
        case .closing(let deadline): deadline
        }
    }

    private func updateTimer() {
        guard self.connection.isOpen, let deadline = self.deadline?.deadline, self.timer.isTooLate(for: deadline) else {
            return
        }
        self.timer.set(deadline, on: self.loop.eventLoop) { [unowned self] in self.timerFired() }
    }

    private func timerFired() {
        let now = Instant.now()
        if self.timer.fired(self.deadline?.deadline, now: .now()) {
            switch self.state {
            case .idle, .following: break
            case .readingHead(let since):
                self.state = .serving
                self.receiver.begin(without: .headTimedOut, began: since)
            case .serving: self.receiver.deadlineReached(now: now)
            case .closing: self.connection.close()
            }
        }
        self.updateTimer()
    }

    // MARK: - The end

    /// Closes the connection once the client has what was written.
    private func closeWhenSent(_ next: AfterReply) {
        guard self.connection.isOpen else { return }
        if case .closing = self.state { return }
        self.state = .closing(deadline: Instant.now().advanced(by: self.loop.timeouts.request))
        self.updateTimer()
        self.connection.flush()
        self.connection.whenSent { self.sentBeforeClose(next) }
    }

    private func sentBeforeClose(_ next: AfterReply) {
        guard self.connection.isOpen else { return }
        switch next {
        case .close(lingers: true):
            self.state = .closing(deadline: Instant.now().advanced(by: ExchangeClock.lingerTimeout))
            self.updateTimer()
            self.updateReading()
            self.connection.endOutput()
        case .reset:
            self.connection.reset()
        case .close(lingers: false), .next, .follow:
            self.connection.close()
        }
    }

    /// The client has closed its side. It may still read answers of ours; everything else ends, lists of backends included.
    private func endAfterPeer() {
        switch self.state {
        case .serving where self.receiver.outlivesInput: break
        case .idle where self.pipelining.awaitsTurn: break
        // Unsent answers belong to earlier requests.
        case .idle where self.connection.waitingBytes > 0: self.closeWhenSent(.close(lingers: true))
        case .closing where self.connection.waitingBytes > 0: break
        default: self.connection.close()
        }
    }
}

extension ClientConnection: ExchangeOwner {
    func exchangeEnded(_ next: AfterReply) {
        switch next {
        case .next: self.state = .idle(since: self.loop.arrivalTime)
        case .follow: self.state = .following
        case .close, .reset: self.closeWhenSent(next)
        }
        self.readInput()
    }

    func deadlineMoved() {
        // What is read in ends with an update of its own.
        if !self.isReadingInput { self.updateTimer() }
    }

    func inputDemandChanged() { self.readInput() }
}

extension ClientConnection: ConnectionDelegate {
    func received(_ bytes: ByteBuffer) {
        self.pipelining.turnBegan()
        self.input.append(bytes)
        self.readInput()
    }

    func peerEnded() {
        self.hasPeerEnded = true
        self.endAfterPeer()
    }

    func writabilityChanged() {
        if case .serving = self.state { self.receiver.setReplyPaused(!self.connection.isWritable) }
    }

    func blockageChanged() { self.receiver.setClientBlocked(self.connection.blockedSince != nil) }

    func closed(isBroken: Bool) {
        let hasRequest = if case .serving = self.state { true } else { false }
        self.receiver.close(hasRequest: hasRequest)
        self.input.removeAll()
        _ = self.input.isWithin(.max, of: self.loop.gateway.memory)
        self.timer.cancel(on: self.loop.eventLoop)
        self.siblings.remove(self)
        self.loop.gateway.clientPlaces.giveBack()
    }
}
