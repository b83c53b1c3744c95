// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP
internal import PaddockSockets

/// A connection to a backend: it sends one request at a time and follows the framing of the reply.
///
/// The reply's body is relayed unchanged. Only the framing is read, to know where the reply ends; a piece of a
/// chunk header that is not complete waits for its rest, so that what was relayed always ends where a last line of
/// ours could be put.
final class BackendConnection {
    private enum State {
        /// Kept, without a request.
        case idle
        case awaitingHead
        case relaying
        case closed
    }

    /// Which backend it leads to.
    let backend: BackendIndex
    /// When it was kept.
    var idleSince = NIODeadline.uptimeNanoseconds(0)
    /// How long it may be kept after its latest reply.
    private(set) var maxIdle = BackendPool.maxIdle
    /// Whether a request has been sent on it before.
    private var isUsed = false
    private var isFirstRequest = true

    private let connection: Connection
    private var exchange: (any BackendUser)?
    private var state = State.idle
    private var isReplyToHead = false

    private var inbound = ByteBuffer()
    private var headScanner = HeadScanner()
    private var head = MessageHead()
    private(set) var reply = ReplyBody(.none)
    private var held: ByteBuffer?
    private var isChunked = false
    private var keepsConnection = false

    /// - Parameters:
    ///   - connection: whose news it takes from now on.
    ///   - backend: its backend.
    init(_ connection: Connection, backend: BackendIndex) {
        self.connection = connection
        self.backend = backend
        connection.delegate = self
    }

    /// The address that it leads to, if it is known.
    var address: SocketAddress? { self.connection.remoteAddress }

    /// Whether it can carry a request.
    var isUsable: Bool { self.state == .idle && self.connection.isOpen && !self.connection.hasNews }

    /// Whether the request can be written without piling up.
    var isWritable: Bool { self.connection.isWritable }

    // MARK: - From the exchange

    /// Begins a request; its bytes follow through `write`.
    ///
    /// - Parameters:
    ///   - exchange: who gets the reply.
    ///   - isReplyToHead: whether the request is a `HEAD`, so that the reply has no body.
    func begin(_ exchange: any BackendUser, isReplyToHead: Bool) {
        precondition(self.state == .idle, "a backend connection carries one request at a time")
        // One that was kept may have been closed meanwhile; a request sent into that would be lost. A new one may be closed if the backend
        // ends, or takes no more connections; what it sends without being asked may say so.
        if self.isUsed { self.connection.sendOnlyIfSilent() } else { self.connection.sendOnlyIfOpen() }
        self.isFirstRequest = !self.isUsed
        self.isUsed = true
        self.exchange = exchange
        self.isReplyToHead = isReplyToHead
        self.state = .awaitingHead
        // Of the reply to the request before nothing counts for this one.
        self.reply.begin(.none)
    }

    /// The tokens of the reply so far, if they are known.
    func readTokens() -> TokenCounts? { self.reply.readTokens() }

    /// Hands the rest of the reply to another receiver.
    func hand(to exchange: any BackendUser) { self.exchange = exchange }

    /// Looks from now on for the final event of the reply, if it is a stream, and for what it says at its end.
    func lookForEnd(_ format: FinalEventScanner.Format) { self.reply.lookForEnd(format) }

    func write(_ bytes: ByteBuffer) { self.connection.write(bytes) }

    /// Sends what has been written, at the end of the turn; before the replies to clients, so that the backend works while these are sent.
    func flush() { self.connection.flush(isFirst: true) }

    /// Whether the backend is known to send no more.
    var hasPeerEnded: Bool { self.connection.hasPeerEnded }

    /// Does something once the kernel has taken everything that was written so far, or the connection is closed.
    func whenSent(_ action: @escaping () -> Void) { self.connection.whenSent(action) }

    /// Stops or resumes reading, as the client takes the reply or does not.
    func setReadsPaused(_ isPaused: Bool) { self.connection.setReadsPaused(isPaused) }

    /// Closes the connection without a further call to its user.
    func close() {
        self.exchange = nil
        self.state = .closed
        self.connection.close()
    }

    // MARK: - The reply

    /// Whether the reply leaves a connection that can carry another request: what is left of this one would go before it.
    private var isReusable: Bool {
        self.keepsConnection && !self.connection.hasPeerEnded && self.connection.waitingBytes == 0
    }

    private func readHead() {
        // Out of the object while it is read and used, as what is called may read the next one.
        var head = Swift.exchange(&self.head, with: MessageHead())
        self.readHead(&head)
        self.head = head
    }

    private func readHead(_ head: inout MessageHead) {
        do throws(HeadProblem) {
            while self.state == .awaitingHead {
                let bytes = self.inbound
                let span = bytes.readableBytesUInt8Span
                if self.headScanner.isFresh, let length = head.readUsualReply(span) {
                    self.inbound.moveReaderIndex(forwardBy: length)
                } else {
                    guard let length = try self.headScanner.scan(span) else {
                        self.inbound = self.inbound.kept(self.connection.loop.allocator)
                        return
                    }
                    try head.readReply(span, length: length)
                    self.inbound.moveReaderIndex(forwardBy: length)
                }
                if head.status >= 200 {
                    try self.beginRelay(head, bytes)
                } else if head.status == 101 {
                    throw .malformed("it switched protocols without being asked")
                } else {
                    self.exchange?.interimReply(head, bytes)
                }
            }
        } catch {
            self.failed(error)
        }
    }

    private func beginRelay(_ head: borrowing MessageHead, _ bytes: ByteBuffer) throws(HeadProblem) {
        let framing = try bytes.withSpan { (span) throws(HeadProblem) in
            try head.replyFraming(span, isReplyToHead: self.isReplyToHead)
        }
        let rest = self.inbound
        self.inbound = ByteBuffer()
        self.reply.begin(framing)
        self.isChunked = framing == .chunked
        self.held = nil
        self.keepsConnection = head.keepsConnection
        if head.kinds.contains(.keepAlive) {
            let keepAlive = head.keepAlive(bytes.readableBytesUInt8Span)
            self.maxIdle = BackendPool.maxIdle(keepAlive, isChunked: self.isChunked)
            self.keepsConnection = self.keepsConnection && self.maxIdle > .zero
        }
        self.state = .relaying
        self.exchange?.replyHead(head, bytes, framing: framing)
        guard self.state == .relaying else { return }
        if framing == .none {
            self.replyEnded(isReusable: self.isReusable && rest.readableBytes == 0)
        } else if rest.readableBytes > 0 {
            self.relay(rest)
        }
    }

    private func relay(_ bytes: ByteBuffer) {
        let burst: ReplyBody.Burst
        do throws(HeadProblem) {
            if self.isChunked, self.exchange?.wantsPlainData == true {
                var pieces = JoinedPieces(of: bytes, self.connection.loop.allocator)
                burst = try self.reply.follow(bytes.readableBytesUInt8Span, from: 0) { pieces.add($0) }
                let data = pieces.whole
                if data.readableBytes > 0 { self.exchange?.replyBytes(data) }
            } else if self.reply.isReframed {
                burst = try self.relayReframed(bytes)
            } else {
                let raw = try bytes.withSpan { (span) throws(HeadProblem) in try self.reply.follow(span, from: 0) }
                burst = self.reply.isReframed ? try self.relayReframed(bytes) : raw
                if !self.reply.isReframed { self.relayRaw(bytes, burst) }
            }
        } catch {
            return self.failed(error)
        }
        if burst.isComplete {
            self.replyEnded(isReusable: self.isReusable && burst.consumed == bytes.readableBytes)
        }
    }

    private func relayRaw(_ bytes: ByteBuffer, _ burst: ReplyBody.Burst) {
        if burst.relayable > 0 {
            if let held = self.held {
                self.held = nil
                self.exchange?.replyBytes(held)
            }
            self.handOver(bytes, 0..<burst.relayable)
        }
        guard burst.relayable < burst.consumed else { return }
        let range = burst.relayable..<burst.consumed
        guard let unfinished = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) else {
            return
        }
        if self.held == nil {
            self.held = unfinished.kept(self.connection.loop.allocator)
        } else {
            self.held?.writeImmutableBuffer(unfinished)
        }
    }

    /// Relays the data in chunks of ours.
    private func relayReframed(_ bytes: ByteBuffer) throws(HeadProblem) -> ReplyBody.Burst {
        var ranges: [Range<Int>] = []
        let burst = try self.reply.follow(bytes.readableBytesUInt8Span, from: 0) { ranges.append($0) }
        // What waited was framing alone.
        self.held = nil
        var framed = self.connection.loop.allocator.buffer(capacity: bytes.readableBytes + 24 * (ranges.count + 1))
        for range in ranges {
            let (before, behind) = self.reply.chunk(range.count)
            framed.writeString(before)
            framed.writeBytes(bytes.readableBytesUInt8Span.extracting(range).bytes)
            framed.writeString(behind)
        }
        if burst.isComplete {
            let (before, behind) = self.reply.chunk(0)
            framed.writeString(before)
            framed.writeString(behind)
        }
        if framed.readableBytes > 0 { self.exchange?.replyBytes(framed) }
        return burst
    }

    private func handOver(_ bytes: ByteBuffer, _ range: Range<Int>) {
        if range.count == bytes.readableBytes {
            self.exchange?.replyBytes(bytes)
        } else if let slice = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) {
            self.exchange?.replyBytes(slice)
        }
    }

    private func replyEnded(isReusable: Bool) {
        let exchange = self.exchange
        self.exchange = nil
        self.state = .idle
        self.setReadsPaused(false)
        exchange?.replyEnded(isReusable: isReusable)
    }

    private func failed(_ problem: HeadProblem) {
        let reason =
            switch problem {
            case .tooLarge: "its head is too large"
            case .malformed(let text): text.description
            }
        let exchange = self.exchange
        // Closed first, as the slot is free only when the backend can no longer be working for it.
        self.close()
        exchange?.backendLost(.backendNotHTTP(reason))
    }

    private func lost(_ failure: ErrorCause) {
        let exchange = self.exchange
        self.exchange = nil
        self.state = .closed
        exchange?.backendLost(failure)
    }
}

extension BackendConnection: ConnectionDelegate {
    func received(_ bytes: ByteBuffer) {
        switch self.state {
        case .idle:
            // A backend that sends unexpected bytes cannot be trusted with the next request.
            self.close()
        case .awaitingHead:
            if self.inbound.readableBytes == 0 {
                self.inbound = bytes
            } else {
                self.inbound.writeImmutableBuffer(bytes)
            }
            self.readHead()
        case .relaying:
            self.relay(bytes)
        case .closed:
            break
        }
        self.exchange?.replyBurstEnded()
    }

    func tookNothing(_ unsent: [ByteBuffer]) {
        let exchange = self.exchange
        self.close()
        exchange?.backendTookNothing(unsent, isNew: self.isFirstRequest)
    }

    /// What it sent before has been delivered.
    func peerEnded() { self.connection.close() }

    func writabilityChanged() { self.exchange?.backendWritabilityChanged() }

    func closed(isBroken: Bool) {
        // A reset is not the end of a reply, even if a close would be.
        if self.state == .relaying, self.reply.endsAtClose, !isBroken {
            self.replyEnded(isReusable: false)
        } else if self.state == .awaitingHead || self.state == .relaying {
            self.lost(.backendBrokeOff)
        }
        self.state = .closed
    }
}
