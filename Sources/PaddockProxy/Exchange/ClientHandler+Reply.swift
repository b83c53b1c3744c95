// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Relaying the reply of a backend.
extension ClientHandler: BackendExchange {
    /// Bytes up to this size are copied behind the head rather than written on their own.
    private static let maxBytesWithHead = 4096
    /// What a head takes at most beyond its fields and an id: the version, the names of what we add, a date, numbers.
    static let additionBytes = 448
    /// How often the admission hears how far a stream is.
    private static let reportInterval = Duration.seconds(1)

    /// HTTP/1.0 knows no chunks, and where the head of the reply was ours so are the chunks.
    var wantsPlainData: Bool { self.request.speaksHTTP10 || self.machine.hasBegunReply }

    func backendConnected(_ backend: BackendHandler) {
        self.attempt = nil
        guard self.machine.phase == .connecting, let forward = self.forward else { return backend.close() }
        self.backend = backend
        self.machine.backendConnected()
        backend.begin(self, isReplyToHead: self.request.isHead)
        let target = self.gateway.backends[self.backendIndex]
        let (first, rest) = forward.finished(hostLine: target.hostLine, keyLine: target.keyLine)
        backend.write(first)
        for piece in rest { backend.write(piece) }
        if rest.isEmpty { self.giveBackBytes() } else { self.giveBackBodyWhenSent(to: backend) }
        backend.flush()
        self.passBodyOn()
        self.updateReading()
    }

    /// A large body holds its memory until the backend has taken it.
    private func giveBackBodyWhenSent(to backend: BackendHandler) {
        let count = self.heldBytes
        self.heldBytes = 0
        backend.connection.whenSent { [gateway = self.gateway] in gateway.countBytes(-count) }
    }

    /// The backend closed a kept connection just when the request was about to be sent. It has seen nothing, so the request goes to it on
    /// a new connection, which is not asked for silence: once is the most.
    func backendTookNothing(_ unsent: [ByteBuffer]) {
        self.backend = nil
        guard self.machine.phase == .awaitingReply, let forward = self.forward else { return }
        self.heldBytes = forward.takeBack(unsent, allocator: self.loop.allocator)
        self.gateway.countBytes(self.heldBytes)
        self.machine.backendTookNothing()
        self.attempt = self.loop.connectAnew(self, to: self.backendIndex)
    }

    func connectFailed(_ failure: ExchangeFailure) {
        self.attempt = nil
        guard self.machine.phase == .connecting else { return }
        // Our own shortage is no reason to look for another backend, which would meet the same.
        if case .outOfResources = failure { return self.perform(self.machine.backendFailed(failure)) }
        guard let lease = self.lease.take() else { return self.passThroughElsewhere(failure) }
        switch lease.backendUnreachable(now: .now()) {
        case .start(let slot):
            self.admitted(slot)
        case .queued(let ticket):
            self.request.started = nil
            self.ticket = ticket
            self.machine.queued(showingLifeEvery: self.lifeInterval, now: .now())
            self.updateTimer()
        case .rejected(let rejection):
            if self.machine.hasBegunReply { self.breakStream(rejection) } else { self.answer(rejection) }
        case .noBackend:
            self.perform(self.machine.backendFailed(failure))
        }
    }

    private func passThroughElsewhere(_ failure: ExchangeFailure) {
        let failed = self.backendIndex
        self.gateway.admission.setBackend(failed, healthy: false, now: .now())
        let other = self.gateway.admission.chooseBackendForPassThrough()
        if other != failed, self.triedBackends < self.gateway.backends.count {
            self.triedBackends += 1
            self.connect(to: other)
        } else {
            self.perform(self.machine.backendFailed(failure))
        }
    }

    func interimReply(_ head: MessageHead, _ bytes: ByteBuffer) {
        // HTTP/1.0 knows none, and on a queued route the 100 came from us.
        guard !self.request.speaksHTTP10, !(self.request.isQueued && head.status == 100), !self.machine.hasBegunReply
        else { return }
        let span = bytes.readableBytesUInt8Span
        var interim = self.loop.allocator.buffer(capacity: 256)
        interim.writeHead(atMost: Self.fieldBytes(head) + Self.additionBytes) { writer in
            writer.write("HTTP/1.1 ")
            writer.write(span, head.statusText)
            writer.write("\r\n")
            writer.writeFields(of: head, span, except: [])
            writer.write("\r\n")
        }
        self.write(interim)
    }

    func replyHead(_ head: MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {
        let span = bytes.readableBytesUInt8Span
        if self.machine.hasBegunReply { return self.replyHeadBehindOurs(head, span) }
        self.request.replyStatus = head.status
        self.request.streamFormat = head.first(.contentType).flatMap { StreamFormat(span, contentType: $0.value) }
        if let format = self.request.streamFormat { self.backend?.lookForFinalEvent(format) }
        let losesChunks = self.request.speaksHTTP10 && framing == .chunked
        self.request.replyEndsAtClose = framing == .untilClose || losesChunks
        self.request.closesAfterReply =
            !self.request.keepsConnection || self.request.replyEndsAtClose || !self.body.hasEnded
            || self.gateway.isDraining || self.gateway.clientPlaces.isWanted

        let headBytes = Self.fieldBytes(head) + self.request.id.utf8.count + Self.additionBytes
        // What came with the head goes behind it.
        let bodyBytes = min(bytes.readableBytes - Self.fieldBytes(head), Self.maxBytesWithHead)
        var reply = self.loop.allocator.buffer(capacity: headBytes + bodyBytes)
        reply.writeHead(atMost: headBytes) { writer in
            self.writeStatusVersion(&writer)
            writer.write(span, head.statusText)
            writer.write("\r\n")
            // What we say ourselves comes once.
            writer.writeFields(of: head, span, except: [.requestID])
            let isChunkedHead = self.request.isHead && head.kinds.contains(.transferEncoding)
            if !self.request.speaksHTTP10, framing == .chunked || isChunkedHead {
                writer.write("Transfer-Encoding: chunked\r\n")
            }
            // A page that may read the reply may read what we add to it.
            if head.kinds.contains(.allowOrigin) { writer.write(CrossOriginFields.exposed) }
            if !head.kinds.contains(.date) { writer.write(text: self.loop.dateLine()) }
            self.writeAdditions(&writer)
        }
        self.pendingHead = reply
        self.request.firstByte = .now()
    }

    /// Sends the head that was held back: from now on the client has part of the reply.
    private func beginReply() {
        guard let head = self.pendingHead.take() else { return }
        self.machine.replyBegan(isStream: self.request.streamFormat != nil, now: self.request.firstByte ?? .now())
        self.updateTimer()
        self.write(head)
    }

    /// Forgets a reply of which nothing went to the client.
    func takeBackHead() {
        guard self.pendingHead != nil else { return }
        self.pendingHead = nil
        self.request.replyStatus = 0
        self.request.firstByte = nil
        self.request.streamFormat = nil
        self.request.replyEndsAtClose = false
    }

    func replyBytes(_ bytes: ByteBuffer) {
        if self.request.streamFormat != nil {
            let now = Instant.now()
            self.machine.replyContinued(now: now)
            self.reportIfDue(now: now)
        }
        if self.machine.hasBegunReply { return self.replyBytesBehindOurs(bytes) }
        if let room = self.pendingHead?.writableBytes {
            if bytes.readableBytes <= min(room, Self.maxBytesWithHead) {
                self.pendingHead?.writeImmutableBuffer(bytes)
                return
            }
            self.beginReply()
        }
        self.write(bytes)
    }

    /// What was relayed since the admission was last told.
    func progress() -> ReplyProgress {
        var progress = ReplyProgress()
        progress.firstByte = self.request.firstByte
        progress.isStream = self.request.streamFormat != nil
        progress.bytes = self.request.bytesOut - self.request.reportedBytes
        progress.chunks = progress.isStream ? self.request.chunks - self.request.reportedChunks : 0
        return progress
    }

    /// Tells the admission now and then how far a long stream is, so that the statistics show what goes on.
    private func reportIfDue(now: Instant) {
        guard let last = self.request.reportedAt else { return self.request.reportedAt = now }
        guard last.duration(to: now) >= Self.reportInterval, let backend = self.backend else { return }
        self.request.reportedAt = now
        self.noteReply(of: backend)
        var progress = self.progress()
        // The first byte counts once, with the end.
        progress.firstByte = nil
        self.lease?.report(progress)
        self.request.reportedBytes = self.request.bytesOut
        self.request.reportedChunks = self.request.chunks
    }

    func replyBurstEnded() {
        // Where the backend has closed already, the end is heard of next, and shows whether the reply is whole.
        if self.pendingHead != nil, self.backend?.connection.hasPeerEnded != true { self.beginReply() }
        self.connection.flush()
    }

    func replyEnded(isReusable: Bool) {
        self.beginReply()
        let refusal = self.machine.hasBegunReply ? self.endReplyBehindOurs() : nil
        let backend = self.backend
        let lease = self.lease.take()
        self.backend = nil
        self.forward = nil
        let isWholeRequest = self.body.hasEnded
        // The connection is kept before the slot is free, so that whoever gets the slot finds it; and the slot is free
        // before the client has the last byte, so that the statistics count what a client knows to be done.
        if let backend {
            self.noteReply(of: backend)
            if isReusable, isWholeRequest { self.loop.keep(backend) } else { backend.close() }
        }
        let now = Instant.now()
        if let lease { lease.end(.completed(status: self.request.replyStatus), self.progress(), now: now) }
        self.recordReply(.completed, now: now)
        if let refusal {
            self.writeStreamEvent(refusal)
            self.closeAfterFlush(resets: self.request.replyEndsAtClose)
        } else if self.request.closesAfterReply {
            self.closeAfterFlush(lingers: !isWholeRequest)
        } else {
            self.machine.replyEnded(now: now)
            self.connection.flush()
        }
        self.exchangeEnded()
        self.readInbound()
    }

    func backendLost(_ failure: ExchangeFailure) {
        self.perform(self.machine.backendFailed(failure))
    }

    func backendWritabilityChanged() {
        self.updateReading()
    }

    // MARK: - The end of a stream that could not be finished

    /// Puts a last line that carries the error behind the stream.
    func writeStreamTail(_ error: ErrorReply) {
        if self.machine.hasBegunReply { return self.writeStreamEvent(error.body(self.request.dialect)) }
        if let backend = self.backend, let format = self.request.streamFormat {
            let tail = StreamErrorTail.bytes(
                format: format,
                dialect: self.request.dialect,
                body: error.body(format == .ndjson ? .ollama : self.request.dialect),
                lastBytes: backend.reply.lastBytes
            )
            if let framed = self.wantsPlainData ? tail : backend.reply.frame(tail) {
                self.write(self.loop.allocator.buffer(bytes: framed))
            }
        }
    }

    // MARK: - Writing

    func write(_ bytes: ByteBuffer) {
        self.connection.write(bytes)
    }

    func writeStatusVersion(_ writer: inout HeadWriter) {
        if self.request.speaksHTTP10 { writer.write("HTTP/1.0 ") } else { writer.write("HTTP/1.1 ") }
    }

    /// What Paddock adds to every reply (contract section 8), what it says of the connection, and the empty line.
    func writeAdditions(_ writer: inout HeadWriter) {
        writer.write("X-Request-Id: ")
        writer.write(text: self.request.id)
        if self.request.isQueued, let waited = self.request.waited {
            writer.write("\r\nX-Queue-Wait-Ms: ")
            let (seconds, attoseconds) = waited.components
            writer.write(decimal: Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
        }
        if let place = self.request.place {
            writer.write("\r\nX-Queue-Position: ")
            writer.write(decimal: place)
        }
        if self.request.closesAfterReply {
            writer.write("\r\nConnection: close\r\n\r\n")
        } else if self.request.speaksHTTP10 {
            writer.write("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            writer.write("\r\n\r\n")
        }
    }

    /// The bytes that the status and the fields of a head take at most.
    private static func fieldBytes(_ head: borrowing MessageHead) -> Int {
        head.fields.last.map { Int($0.lineEnd) } ?? head.statusText.upperBound + 2
    }

    /// Closes the connection once the client has what was written.
    ///
    /// - Parameters:
    ///   - lingers: whether the client may still be sending; a close into that would destroy the reply on its way.
    ///   - resets: whether a reset must tell the client that the reply is not whole, as its framing cannot.
    func closeAfterFlush(lingers: Bool = false, resets: Bool = false) {
        guard self.connection.isOpen, self.machine.phase != .closing else { return }
        self.machine.closing(now: .now())
        self.inbound = ByteBuffer()
        self.updateTimer()
        self.connection.flush()
        // Whoever did not ask for the close may have sent the next request already.
        let lingers = lingers || (self.request.keepsConnection && !resets)
        self.connection.whenSent { self.sentBeforeClose(lingers: lingers, resets: resets) }
    }

    private func sentBeforeClose(lingers: Bool, resets: Bool) {
        guard self.connection.isOpen else { return }
        if lingers {
            self.machine.lingering(now: .now())
            self.updateTimer()
            self.updateReading()
            self.connection.endOutput()
        } else if resets {
            self.connection.reset()
        } else {
            self.connection.close()
        }
    }
}
