// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Bodies that are taken in as a whole before anything is decided about their request.
extension ClientHandler {
    /// The request is for a queued route: its body has to come before it is known whose queue it joins.
    func beginQueued(
        _ route: Route.Queued,
        _ head: MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ framing: BodyFraming,
        freshID: String?
    ) {
        guard self.readWishes(head, bytes, target) else { return }
        let intake = BodyIntake(maxBytes: self.loop.settings.maxBodyBytes)
        intake.isModelOptional = route.isModelOptional
        let contentType = head.first(.contentType)?.value ?? .empty
        let isForm = route.model.isForm(contentType: contentType, bytes)
        switch self.unpacking(acceptsZstandard: route.model.acceptsZstandard && !isForm, head, bytes) {
        case .none: break
        case .zstandard(let decoder): intake.decoder = decoder
        case .unsupported(let reply): return self.answer(reply)
        }
        if isForm {
            let query = target.query ?? .empty
            intake.scanner = .multipart(
                contentType: bytes.extracting(contentType.lowerBound..<contentType.upperBound),
                query: bytes.extracting(query.lowerBound..<query.upperBound)
            )
        } else {
            intake.scanner = .json
        }
        var hint = 0
        if case .length(let count) = framing { hint = count }
        self.forward = ForwardedRequest(
            head,
            bytes,
            target: target.pathAndQuery,
            requestID: freshID,
            body: framing == .chunked ? .measured : .asItCame,
            bodyHint: hint,
            dropsExpect: true,
            dropsAuthorization: self.request.carriesAdminToken,
            ownLines: self.gateway.ownLines,
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
    private func unpacking(acceptsZstandard: Bool, _ head: MessageHead, _ bytes: Span<UInt8>) -> Unpacking {
        var encoding: ByteRange?
        for field in head.fields where field.kind == .contentEncoding && !field.value.isEmpty {
            if encoding != nil { return .unsupported(Self.unsupportedEncoding("several")) }
            encoding = field.value
        }
        guard let encoding, !bytes.matches(encoding, "identity") else { return .none }
        guard bytes.matches(encoding, "zstd"), acceptsZstandard else {
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

    /// Takes in the body that follows a head, unless it is too long.
    func takeWholeBody(
        _ intake: BodyIntake,
        _ framing: BodyFraming,
        _ head: MessageHead,
        _ bytes: Span<UInt8>
    ) {
        if case .length(let count) = framing, count > intake.maxBytes {
            return self.answerTooLarge(count, limit: intake.maxBytes)
        }
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
    func readWholeBody() -> Bool {
        guard !self.isUnpacking else { return false }
        if self.body.isChunked { return self.readChunkedBody() }
        let bytes = self.inbound
        let start = bytes.readerIndex
        var index = 0
        do throws(HeadProblem) {
            while true {
                let step = try self.body.next(bytes.readableBytesUInt8Span, from: &index)
                // Before anything is decided about them: what was looked at is no part of the input any more.
                self.inbound.moveReaderIndex(to: start + index)
                switch step {
                case .data(let range):
                    guard self.takeIn(bytes.readableBytesUInt8Span.extracting(range)) else { return true }
                case .needsMore:
                    _ = self.unpackLater()
                    return false
                case .end:
                    return self.bodyHasCome()
                }
            }
        } catch {
            self.refuse(error)
            return true
        }
    }

    /// The same for a body in chunks, whose data is taken in at once: there may be a chunk for each byte.
    private func readChunkedBody() -> Bool {
        do throws(HeadProblem) {
            let data = try self.body.readOn(in: &self.inbound, self.loop.allocator)
            guard data.readableBytes == 0 || self.takeIn(data.readableBytesUInt8Span) else { return true }
            if self.body.hasEnded { return self.bodyHasCome() }
            _ = self.unpackLater()
            return false
        } catch {
            self.refuse(error)
            return true
        }
    }

    /// All of the body has come.
    ///
    /// - Returns: whether it is complete; else it has to be unpacked first.
    private func bodyHasCome() -> Bool {
        if self.unpackLater() { return false }
        self.bodyEnded()
        return true
    }

    /// Throws away what has come of the body of a request that was answered before its end.
    ///
    /// - Returns: whether that was all of it, so that the next byte is the first of another request.
    func discardReceivedBody() -> Bool {
        // Where the head was refused there is no telling what is body.
        guard !self.body.endsAtClose else { return false }
        while !self.body.hasEnded {
            let bytes = self.inbound
            var index = 0
            guard let step = try? self.body.next(bytes.readableBytesUInt8Span, from: &index) else {
                // Where a body with broken chunks ends nobody knows.
                self.body = BodyReader(.untilClose)
                return false
            }
            self.inbound.moveReaderIndex(forwardBy: index)
            switch step {
            case .data(let range): self.request.bytesIn += range.count
            case .needsMore: return false
            case .end: break
            }
        }
        return true
    }

    /// Takes in a piece of a body.
    ///
    /// - Returns: false when it was refused.
    private func takeIn(_ piece: Span<UInt8>) -> Bool {
        guard let intake = self.intake else { return false }
        intake.count += piece.count
        self.request.bytesIn += piece.count
        if intake.count > intake.maxBytes {
            self.answerTooLarge(nil, limit: intake.maxBytes)
            return false
        }
        if self.own == nil { intake.scan(piece) }
        // The head is counted with the first piece behind it.
        let headBytes = self.heldBytes == 0 ? self.forward?.headBytes ?? 0 : 0
        guard self.loop.takeBytes(headBytes + piece.count) else {
            self.rejectForMemory()
            return false
        }
        self.heldBytes += headBytes + piece.count
        if self.own != nil {
            piece.withUnsafeBufferPointer { intake.ownBytes.append(contentsOf: $0) }
        } else {
            self.forward?.append(piece.bytes, allocator: self.loop.allocator)
        }
        return true
    }

    /// - Parameters:
    ///   - count: how long the body is; nil where that is not known.
    ///   - limit: how long it may be.
    private func answerTooLarge(_ count: Int?, limit: Int) {
        let size = count.map { "\($0) bytes, and \(limit) are" } ?? "more than the \(limit) bytes that are"
        // The limit for own routes is nobody's setting.
        let setting = self.request.isQueued ? ", or raise max_body_bytes" : ""
        self.answer(
            ErrorReply(413, "body_too_large", "the request body has \(size) allowed here: send a shorter one\(setting)")
        )
    }

    func rejectForMemory() {
        var retryAfter = Self.memoryRetryAfter
        let name = self.intake?.modelSoFar?.description
        if let model = self.intake?.modelSoFar {
            // Another may follow, but nobody will read it.
            self.request.model = model
            switch self.gateway.admission.rejectForMemory(model: model, now: .now()) {
            case .queueFull(_, let seconds): retryAfter = seconds
            case let rejection: return self.answer(rejection)
            }
        }
        let (held, limit) = (self.gateway.heldBytes, self.loop.settings.maxQueuedBytes)
        let message =
            "requests hold \(held) of the \(limit) bytes that they may (max_queued_bytes),"
            + " too many for this one; retry in \(retryAfter) s"
        self.answer(ErrorReply(503, "queue_full", message, model: name, retryAfter: retryAfter))
    }

    /// Where it is not known how long the model's requests take.
    private static let memoryRetryAfter = 5

    private func bodyEnded() {
        if var own = self.own.take() {
            own.body = self.intake?.ownBytes ?? []
            return self.answerOwn(own)
        }
        let intake = self.intake.take()
        if self.decoderBytes > 0 { _ = self.countDecoder(0) }
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
}
