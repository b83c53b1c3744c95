// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Reading requests: the head, and the route that follows from it.
extension ClientHandler {
    /// The largest body of a request to an own route.
    private static let maxOwnBodyBytes = 16_384
    /// The longest `Host`: a name has at most 253 bytes (RFC 1035 §2.3.4), and a port five.
    private static let maxHostBytes = 512
    /// So many requests that came together are begun in one turn of the event loop.
    private static let maxRequestsInTurn = 16
    /// For so many header fields each connection keeps its memory from one head to the next.
    private static let maxKeptFields = 64
    /// Carriage return and line feed.
    private static let lineBreak: UInt16 = 0x0D0A

    /// Works off what has been received, as far as the state of the exchange lets it.
    func readInbound() {
        // An answer given from within continues here, not in a call of its own.
        guard !self.isReadingInbound else { return }
        self.isReadingInbound = true
        while self.takeStep() {}
        self.isReadingInbound = false
        self.inbound = self.inbound.kept(self.loop.allocator)
        if !self.countInput(), self.machine.phase == .readingHead { self.rejectForMemory() }
        if self.hasPeerEnded { self.endAfterPeer() }
        self.updateTimer()
        self.updateReading()
    }

    /// - Returns: whether there may be more to do.
    private func takeStep() -> Bool {
        switch self.machine.phase {
        case .idle:
            self.skipEmptyLines()
            guard self.inbound.readableBytes > 0, self.takesAnswers(), self.hasTurn() else { return false }
            self.request = ClientRequest()
            // Asked first, as letting go of nine strings costs as much where there are none.
            if self.own != nil { self.own = nil }
            self.methodAndPath.removeAll(keepingCapacity: true)
            // Until its head says where it ends, everything that comes belongs to this request.
            self.body = BodyReader(.untilClose)
            self.machine.firstByteArrived(now: .now(), requestTimeout: self.loop.settings.requestTimeout)
            return true
        case .readingHead:
            return self.readHead()
        case .readingBody:
            return self.readWholeBody()
        case .connecting, .awaitingReply, .relaying:
            self.passBodyOn()
            return false
        case .waiting, .answering:
            return false
        case .closing:
            self.inbound = ByteBuffer()
            return false
        }
    }

    /// Whether the client takes what it asks for. One that sends many requests at once and reads no answer waits for the rest.
    private func takesAnswers() -> Bool {
        guard self.connection.waitingBytes > Connection.highWaterMark else { return true }
        guard !self.awaitsRoom else { return false }
        self.awaitsRoom = true
        self.connection.whenSent {
            self.awaitsRoom = false
            if self.connection.isOpen { self.readInbound() }
        }
        return false
    }

    /// Whether another request may be begun in this turn: 64 KiB can be 2,000 requests that are answered at once.
    private func hasTurn() -> Bool {
        guard !self.awaitsTurn else { return false }
        self.begunRequests += 1
        guard self.begunRequests > Self.maxRequestsInTurn else { return true }
        self.awaitsTurn = true
        self.loop.eventLoop.later {
            self.awaitsTurn = false
            self.begunRequests = 0
            if self.connection.isOpen { self.readInbound() }
        }
        return false
    }

    /// Between requests empty lines mean nothing (RFC 9112 §2.2).
    private func skipEmptyLines() {
        while self.inbound.readableBytes >= 2, self.inbound.getInteger(at: self.inbound.readerIndex) == Self.lineBreak {
            self.inbound.moveReaderIndex(forwardBy: 2)
        }
    }

    // MARK: - The head

    private func readHead() -> Bool {
        let bytes = self.inbound
        switch TLSHello.verdict(bytes.readableBytesUInt8Span) {
        case .other: break
        case .undecided: return false
        case .hello:
            self.refuseTLS()
            return true
        }
        // Out of the object while it is read and used: each use of it there would be of a copy.
        var head = exchange(&self.head, with: MessageHead())
        // The memory for a thousand fields is not kept for a connection that sends ten.
        defer { if head.fields.count <= Self.maxKeptFields { self.head = head } }
        do throws(HeadProblem) {
            guard let length = try self.headScanner.scan(bytes.readableBytesUInt8Span) else { return false }
            try head.readRequest(bytes.readableBytesUInt8Span, length: length)
            let framing = try head.requestFraming(bytes.readableBytesUInt8Span)
            self.inbound.moveReaderIndex(forwardBy: length)
            try self.begin(head, bytes.readableBytesUInt8Span, framing)
        } catch {
            self.refuse(error)
        }
        return true
    }

    /// Ends a connection on which a client speaks TLS.
    private func refuseTLS() {
        self.write(self.loop.allocator.buffer(bytes: TLSHello.alert))
        self.record(.refused, status: nil, code: "tls_not_supported", now: .now())
        self.closeAfterFlush(lingers: true)
    }

    /// Answers what is no HTTP that can be trusted; nothing more is read from that connection.
    func refuse(_ problem: HeadProblem) {
        // Where the request ends is not known, so neither is where the next one begins.
        self.body = BodyReader(.untilClose)
        switch problem {
        case .tooLarge:
            let limit = "\(HeadScanner.maxHeadBytes) bytes and \(MessageHead.maxFields) fields"
            self.answer(
                ErrorReply(431, "headers_too_large", "the request's headers are too large: \(limit) are the limit")
            )
        case .malformed(let reason):
            self.answer(ErrorReply(400, "invalid_request", "this is no HTTP/1.1 that can be trusted: \(reason)"))
        }
    }

    private func begin(_ head: MessageHead, _ bytes: Span<UInt8>, _ framing: BodyFraming) throws(HeadProblem) {
        // It is as the connection found it: nothing has been noted of this request yet.
        self.request.isHead = bytes.equals(head.method, "HEAD")
        self.request.speaksHTTP10 = head.minorVersion == 0
        let target = try self.target(head, bytes)
        let (route, dialect) = self.loop.settings.routes.route(bytes, method: head.method, target: target)
        self.request.dialect = dialect
        self.request.keepsConnection = head.keepsConnection
        var freshID: String?
        if let field = head.first(.requestID), field.isFitRequestID(bytes) {
            self.request.id = bytes.text(field.value)
        } else {
            let id = self.loop.nextRequestID()
            self.request.id = id
            freshID = id
        }
        self.noteRequestLine(bytes, method: head.method, path: target.path)
        self.body = BodyReader(framing)
        self.exchangeBegan()

        let host = try self.host(head, bytes, target)
        if head.kinds.contains(.origin), route != .own { self.noteOrigin(head, bytes, host: host) }
        if let rule = self.gateway.hostRule, let host, !rule.allows(bytes.extracting(host.lowerBound..<host.upperBound))
        {
            return self.answer(
                ErrorReply(
                    403,
                    "forbidden",
                    "Host names neither localhost, nor an address, nor this machine: listen on another address"
                        + " (--host) to be reached by other names"
                )
            )
        }
        self.follow(route, head, bytes, target, framing, freshID: freshID)
    }

    private func target(_ head: MessageHead, _ bytes: Span<UInt8>) throws(HeadProblem) -> RequestTarget {
        do throws(HeadProblem) {
            if bytes.equals(head.method, "CONNECT") {
                throw .malformed("CONNECT asks for a tunnel, and there is none")
            }
            return try RequestTarget(bytes, head.target, method: head.method)
        } catch {
            self.noteRequestLine(bytes, method: head.method, path: bytes.upToQuery(head.target))
            throw error
        }
    }

    /// The host that a request names; HTTP/1.1 asks for exactly one `Host` (RFC 9112 §3.2).
    private func host(
        _ head: MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget
    ) throws(HeadProblem) -> ByteRange? {
        var host: ByteRange?
        for field in head.fields where field.kind == .host {
            guard host == nil else { throw .malformed("there is more than one Host") }
            host = field.value
        }
        guard host != nil || head.minorVersion == 0 else { throw .malformed("there is no Host") }
        host = target.authority ?? host
        guard host.map({ $0.count <= Self.maxHostBytes }) ?? true else {
            throw .malformed("Host has more than 512 bytes")
        }
        return host
    }

    private func follow(
        _ route: Route,
        _ head: MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ framing: BodyFraming,
        freshID: String?
    ) {
        if self.request.crossOrigin != .none, self.answerPreflight(head, bytes, target) { return }
        if self.loop.settings.routes.protectsModels, route != .own, !self.mayChangeModels(head, bytes, target) {
            return
        }
        switch route {
        case .own:
            self.request.isOwn = true
            self.own = self.ownRequest(head, bytes, target)
            self.takeWholeBody(BodyIntake(maxBytes: Self.maxOwnBodyBytes), framing, head, bytes)
        case .queued(let queued):
            self.request.isQueued = true
            self.request.streaming = queued.streaming
            self.beginQueued(queued, head, bytes, target, framing, freshID: freshID)
        case .union(let union) where self.gateway.backends.count > 1 && framing == .none:
            guard self.mayPassThrough(head, bytes, target) else { return }
            self.join(union, head, bytes, target)
        case .union, .passThrough:
            guard self.mayPassThrough(head, bytes, target) else { return }
            self.passThrough(head, bytes, target, framing, freshID: freshID)
        }
    }

    // MARK: - Own routes

    func ownRequest(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> OwnRequest {
        func text(_ kind: FieldKind) -> String? { head.first(kind).map { bytes.text($0.value) } }
        var own = OwnRequest(
            method: bytes.text(head.method),
            path: DecodedPath(bytes, target.path).text,
            query: target.query.map { bytes.text($0) },
            peer: self.connection.remoteAddress
        )
        own.host = target.authority.map { bytes.text($0) } ?? text(.host)
        own.origin = text(.origin)
        own.secFetchSite = text(.secFetchSite)
        own.authorization = text(.authorization)
        own.contentType = text(.contentType)
        return own
    }
}

extension FieldLine {
    /// Whether the value is fit to be a request id.
    fileprivate func isFitRequestID(_ bytes: Span<UInt8>) -> Bool {
        PaddockProxy.isFitRequestID(bytes.extracting(self.value.lowerBound..<self.value.upperBound))
    }
}

extension Span<UInt8> {
    /// The part of a range before its first question mark.
    fileprivate func upToQuery(_ range: ByteRange) -> ByteRange {
        var end = range.lowerBound
        while end < range.upperBound, self[end] != UInt8(ascii: "?") { end += 1 }
        return ByteRange(start: range.lowerBound, end: end)
    }
}
