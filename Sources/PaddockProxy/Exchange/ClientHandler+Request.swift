// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Reading requests: head, route, body, admission.
extension ClientHandler {
    /// The largest body of a request to an own route.
    private static let maxOwnBodyBytes = 1 << 20
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
        self.updateTimer()
        self.updateReading()
    }

    /// - Returns: whether there may be more to do.
    private func takeStep() -> Bool {
        switch self.machine.phase {
        case .idle:
            self.skipEmptyLines()
            guard self.inbound.readableBytes > 0, self.takesAnswers() else { return false }
            self.request = ClientRequest()
            // Asked first, as letting go of nine strings costs as much where there are none.
            if self.own != nil { self.own = nil }
            self.methodAndPath.removeAll(keepingCapacity: true)
            self.machine.firstByteArrived(now: .now(), requestTimeout: self.gateway.limits.requestTimeout)
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

    /// Between requests empty lines mean nothing (RFC 9112 §2.2).
    private func skipEmptyLines() {
        while self.inbound.readableBytes >= 2, self.inbound.getInteger(at: self.inbound.readerIndex) == Self.lineBreak {
            self.inbound.moveReaderIndex(forwardBy: 2)
        }
    }

    // MARK: - The head

    private func readHead() -> Bool {
        let bytes = self.inbound
        // Out of the object while it is read and used: each use of it there would be of a copy.
        var head = exchange(&self.head, with: MessageHead())
        defer { self.head = head }
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

    /// Answers what is no HTTP that can be trusted; nothing more is read from that connection.
    private func refuse(_ problem: HeadProblem) {
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
        let target = RequestTarget(bytes, head.target)
        let (route, dialect) = RouteTable.route(bytes, method: head.method, path: target.path)
        // It is as the connection found it: nothing has been noted of this request yet.
        self.request.dialect = dialect
        self.request.isHead = bytes.equals(head.method, "HEAD")
        self.request.speaksHTTP10 = head.minorVersion == 0
        self.request.keepsConnection = head.keepsConnection(bytes)
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
        if bytes.equals(head.method, "CONNECT") {
            throw .malformed("CONNECT asks for a tunnel, and there is none")
        }
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
        // A target such as `http:///path` names no host, so the field counts, as it does to Go.
        if let authority = target.authority, !authority.isEmpty { return authority }
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
        switch route {
        case .own:
            self.request.isOwn = true
            self.own = self.ownRequest(head, bytes, target)
            self.takeWholeBody(BodyIntake(maxBytes: Self.maxOwnBodyBytes), framing, head, bytes)
        case .queued(_, let field, let streaming):
            self.request.isQueued = true
            self.request.streaming = streaming
            self.beginQueued(field, head, bytes, target, framing, freshID: freshID)
        case .union(let union) where self.gateway.backends.count > 1 && framing == .none:
            self.machine.answering()
            self.join(union)
        case .union, .passThrough:
            self.passThrough(head, bytes, framing, freshID: freshID)
        }
    }

    // MARK: - Bodies taken in as a whole

    private func beginQueued(
        _ field: Route.ModelField,
        _ head: MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ framing: BodyFraming,
        freshID: String?
    ) {
        guard self.readWishes(head, bytes) else { return }
        let intake = BodyIntake(maxBytes: self.gateway.limits.maxBodyBytes)
        switch self.unpacking(field, head, bytes) {
        case .none: break
        case .zstandard(let decoder): intake.decoder = decoder
        case .unsupported(let reply): return self.answer(reply)
        }
        switch field {
        case .json:
            intake.scanner = .json
        case .multipart:
            let contentType = head.first(.contentType)?.value ?? .empty
            let query = target.query ?? .empty
            intake.scanner = .multipart(
                contentType: bytes.extracting(contentType.lowerBound..<contentType.upperBound),
                query: bytes.extracting(query.lowerBound..<query.upperBound)
            )
        }
        var hint = 0
        if case .length(let count) = framing { hint = count }
        self.forward = ForwardedRequest(
            head,
            bytes,
            requestID: freshID,
            body: framing == .chunked ? .measured : .asItCame,
            bodyHint: hint,
            dropsExpect: true,
            hostLineBytes: self.gateway.hostLineBytes,
            allocator: self.loop.allocator
        )
        self.takeWholeBody(intake, framing, head, bytes)
    }

    private enum Unpacking {
        case none
        case zstandard(ZstandardDecoder)
        case unsupported(ErrorReply)
    }

    /// How a body has to be unpacked before its model can be read (contract section 3).
    private func unpacking(_ field: Route.ModelField, _ head: MessageHead, _ bytes: Span<UInt8>) -> Unpacking {
        var encoding: ByteRange?
        for field in head.fields where field.kind == .contentEncoding && !field.value.isEmpty {
            if encoding != nil { return .unsupported(Self.unsupportedEncoding("several")) }
            encoding = field.value
        }
        guard let encoding, !bytes.matches(encoding, "identity") else { return .none }
        guard bytes.matches(encoding, "zstd"), field == .json(acceptsZstandard: true) else {
            return .unsupported(Self.unsupportedEncoding(bytes.text(encoding)))
        }
        guard let decoder = ZstandardDecoder() else {
            let message =
                "Content-Encoding zstd needs libzstd.so.1 on the gateway, which is not installed:"
                + " send the body unpacked"
            return .unsupported(ErrorReply(415, "unsupported_encoding", message))
        }
        return .zstandard(decoder)
    }

    private static func unsupportedEncoding(_ name: String) -> ErrorReply {
        let message =
            "Content-Encoding \(name.prefix(64)) is not understood here: send the body unpacked, or zstd to /v1"
        return ErrorReply(415, "unsupported_encoding", message)
    }

    private func takeWholeBody(
        _ intake: BodyIntake,
        _ framing: BodyFraming,
        _ head: MessageHead,
        _ bytes: Span<UInt8>
    ) {
        if case .length(let count) = framing, count > intake.maxBytes { return self.answerTooLarge(intake.maxBytes) }
        self.intake = intake
        self.machine.headEnded(.takesWholeBody)
        if framing != .none, self.inbound.readableBytes == 0, !self.request.speaksHTTP10,
            let expect = head.first(.expect), bytes.matches(expect.value, "100-continue")
        {
            var interim = self.loop.allocator.buffer(capacity: 32)
            interim.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            self.write(interim)
            self.connection.flush()
        }
    }

    /// - Returns: whether the body is complete or was refused.
    private func readWholeBody() -> Bool {
        let bytes = self.inbound
        var index = 0
        do throws(HeadProblem) {
            while true {
                switch try self.body.next(bytes.readableBytesUInt8Span, from: &index) {
                case .data(let range):
                    guard self.takeIn(bytes.readableBytesUInt8Span.extracting(range)) else { return true }
                case .needsMore:
                    self.inbound.moveReaderIndex(forwardBy: index)
                    return false
                case .end(let end):
                    self.inbound.moveReaderIndex(forwardBy: end)
                    self.bodyEnded()
                    return true
                }
            }
        } catch {
            self.refuse(error)
            return true
        }
    }

    /// Takes in a piece of a body.
    ///
    /// - Returns: false when it was refused.
    private func takeIn(_ piece: Span<UInt8>) -> Bool {
        guard let intake = self.intake else { return false }
        intake.count += piece.count
        self.request.bytesIn += piece.count
        if intake.count > intake.maxBytes {
            self.answerTooLarge(intake.maxBytes)
            return false
        }
        if self.own == nil { intake.scan(piece) }
        guard self.gateway.takeBodyBytes(piece.count) else {
            self.rejectForMemory()
            return false
        }
        self.heldBodyBytes += piece.count
        if self.own != nil {
            piece.withUnsafeBufferPointer { intake.ownBytes.append(contentsOf: $0) }
        } else {
            self.forward?.append(piece.bytes, allocator: self.loop.allocator)
        }
        return true
    }

    private func answerTooLarge(_ maxBytes: Int) {
        self.answer(
            ErrorReply(413, "body_too_large", "the request body is larger than \(maxBytes) bytes (max_body_bytes)")
        )
    }

    private func rejectForMemory() {
        var retryAfter = Self.memoryRetryAfter
        if let model = self.intake?.modelSoFar {
            // Another may follow, but nobody will read it.
            self.request.model = model
            switch self.gateway.admission.rejectForMemory(model: model, now: .now()) {
            case .queueFull(let seconds): retryAfter = seconds
            case let rejection: return self.answer(rejection)
            }
        }
        self.answer(ErrorReply(503, "queue_full", Self.memoryMessage, retryAfter: retryAfter))
    }

    /// Where it is not known how long the model's requests take.
    private static let memoryRetryAfter = 5
    private static let memoryMessage =
        "the requests that wait hold as much memory as they may (max_queued_bytes): retry later"

    private func bodyEnded() {
        if var own = self.own.take() {
            own.body = self.intake?.ownBytes ?? []
            return self.answer(self.gateway.ownRoutes.reply(to: own))
        }
        let intake = self.intake.take()
        let result = intake?.finish()
        self.request.hints = intake?.hints ?? BodyHints()
        switch result {
        case .model(let name):
            self.arrive(name)
        case .invalid(let problem):
            self.answer(ErrorReply(400, "invalid_request", problem))
        case nil:
            preconditionFailure("a queued route has a scanner")
        }
    }

    private func arrive(_ rawName: String) {
        guard let model = ModelName(rawName) else {
            return self.answer(
                ErrorReply(400, "invalid_request", "\"model\" is empty: name the model, such as \"llama2\"")
            )
        }
        self.request.model = model
        let waiter = self.waiter ?? ExchangeWaiter(self, on: self.loop.eventLoop)
        self.waiter = waiter
        let now = Instant.now()
        self.request.arrived = now
        let request = self.arrivingRequest(model)
        let arrival = self.gateway.admission.arrive(request, waiter: waiter, now: now)
        switch arrival {
        case .start(let slot):
            self.request.place = 0
            self.admitted(slot)
        case .queued(let ticket, let place, let estimatedWait):
            self.request.place = place
            self.request.estimatedWait = estimatedWait
            self.ticket = ticket
            self.machine.queued(showingLifeEvery: self.lifeInterval, now: now)
        case .rejected(let rejection):
            self.request.waited = .zero
            self.answer(rejection)
        }
    }

    private func arrivingRequest(_ model: ModelName) -> ArrivingRequest {
        let identity = self.request.identity ?? ClientDirectory.Identity(client: Client(name: self.peerName()))
        let isBatch =
            identity.ceiling == .batch || self.request.requestClass == .batch
            || self.request.dialect == .openAI && self.request.hints.isFlexTier
        self.request.requestClass = isBatch ? .batch : .interactive
        return ArrivingRequest(
            id: self.request.id,
            model: model,
            client: identity.client,
            requestClass: self.request.requestClass,
            expectsStream: self.request.expectsStream,
            deadline: self.machine.requestDeadline,
            isDeadlineStated: self.machine.isTimeoutStated
        )
    }

    // MARK: - Passing through

    private func passThrough(_ head: MessageHead, _ bytes: Span<UInt8>, _ framing: BodyFraming, freshID: String?) {
        guard !self.gateway.isDraining else {
            return self.answer(
                ErrorReply(503, "shutting_down", "Paddock is shutting down: retry in a moment", retryAfter: 1)
            )
        }
        self.forward = ForwardedRequest(
            head,
            bytes,
            requestID: freshID,
            body: framing == .chunked ? .chunked : .asItCame,
            bodyHint: 0,
            dropsExpect: false,
            hostLineBytes: self.gateway.hostLineBytes,
            allocator: self.loop.allocator
        )
        self.uploadsChunks = framing == .chunked
        self.triedBackends = 1
        self.machine.headEnded(.passesThrough)
        self.request.started = .now()
        self.connect(to: self.gateway.admission.chooseBackendForPassThrough())
    }

    /// Passes on what has come of a body whose request is already with a backend.
    func passBodyOn() {
        guard let backend = self.backend, !self.body.hasEnded else { return }
        let bytes = self.inbound
        var index = 0
        do throws(HeadProblem) {
            loop: while true {
                switch try self.body.next(bytes.readableBytesUInt8Span, from: &index) {
                case .data(let range):
                    guard let piece = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
                    else {
                        break loop
                    }
                    self.write(piece, to: backend)
                    if self.body.hasEnded { break loop }
                case .needsMore:
                    break loop
                case .end:
                    var last = self.loop.allocator.buffer(capacity: 8)
                    last.writeStaticString("0\r\n\r\n")
                    backend.write(last)
                    break loop
                }
            }
            self.inbound.moveReaderIndex(forwardBy: index)
            backend.flush()
        } catch {
            self.backendBodyBroke(error)
        }
    }

    private func write(_ piece: ByteBuffer, to backend: BackendHandler) {
        self.request.bytesIn += piece.readableBytes
        guard self.uploadsChunks else { return backend.write(piece) }
        var size = self.loop.allocator.buffer(capacity: 18)
        size.writeString(String(piece.readableBytes, radix: 16))
        size.writeStaticString("\r\n")
        backend.write(size)
        backend.write(piece)
        var end = self.loop.allocator.buffer(capacity: 2)
        end.writeStaticString("\r\n")
        backend.write(end)
    }

    /// The client broke the framing of a body that is on its way to a backend: the backend must not take it for whole.
    private func backendBodyBroke(_ problem: HeadProblem) {
        let backend = self.backend
        self.backend = nil
        backend?.close()
        if case .relaying = self.machine.phase {
            if let backend { self.noteReply(of: backend) }
            self.recordReply(.refused, code: "invalid_request", now: .now())
            self.closeAfterFlush(resets: true)
        } else {
            self.refuse(problem)
        }
    }

    // MARK: - Own routes

    private func ownRequest(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> OwnRequest {
        func text(_ kind: FieldKind) -> String? { head.first(kind).map { bytes.text($0.value) } }
        var own = OwnRequest(
            method: bytes.text(head.method),
            path: DecodedPath(bytes, target.path)?.text ?? bytes.text(target.path),
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
