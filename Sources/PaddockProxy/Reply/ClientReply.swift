// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// The replies to a client in HTTP/1.1 or 1.0, one after the other: a backend's, relayed as it arrives, or one of ours.
final class ClientReply: ReplySink {
    /// An answer of ours up to this size is copied after its head rather than written on its own.
    private static let maxBytesWithHead = 4096

    private let connection: Connection
    private let loop: LoopContext
    private let facts: RequestFacts

    private(set) var stage = ReplyStage.unsent
    private(set) var status = 0
    private(set) var format: StreamFormat?
    /// What Paddock adds about the request in the head.
    var additions = ReplyAdditions()
    private var framing = ReplyFraming()
    /// The head of the backend's reply, and the part of its body that arrived with it: held back until all of it was read
    /// without an error, as an error can be answered in its place until then.
    private var held: ByteBuffer?
    /// The stream whose head was ours; nil if there is none.
    private var ownStream: OwnStream?
    /// The body of ours that is written piece by piece until the client leaves.
    private var stream: ReplyStream?
    /// Called when the body of such a stream is whole and another request may follow.
    var whenStreamEnded: () -> Void = {}
    private(set) var answeredBytes = 0

    /// - Parameters:
    ///   - connection: the client's connection.
    ///   - facts: what is known of its requests.
    ///   - loop: the event loop's context.
    init(on connection: Connection, to facts: RequestFacts, loop: LoopContext) {
        self.connection = connection
        self.facts = facts
        self.loop = loop
    }

    /// HTTP/1.0 knows no chunks, and if the head of the reply was ours so are the chunks.
    var wantsPlainData: Bool { self.facts.speaksHTTP10 || self.ownStream != nil }

    var isTaken: Bool { self.held == nil && self.connection.waitingBytes == 0 }

    /// Forgets the reply before.
    func begin() {
        self.stage = .unsent
        self.status = 0
        self.format = nil
        self.additions = ReplyAdditions()
        self.framing = ReplyFraming()
        self.answeredBytes = 0
        if self.held != nil { self.held = nil }
        if self.ownStream != nil { self.ownStream = nil }
    }

    // MARK: - A backend's reply

    func interim(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) {
        // HTTP/1.0 knows none, and on a queued route the 100 was ours.
        guard !self.facts.speaksHTTP10, !(self.facts.isQueued && head.status == 100), self.ownStream == nil else {
            return
        }
        var interim = self.loop.allocator.buffer(capacity: 256)
        interim.writeHead(atMost: Self.fieldBytes(head) + self.additions.maxBytes) { writer in
            writer.write("HTTP/1.1 ")
            writer.write(bytes, head.statusText)
            writer.write("\r\n")
            writer.writeFields(of: head, bytes, except: FieldKindSet())
            writer.write("\r\n")
        }
        self.connection.write(interim)
    }

    func begin(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming, mayKeep: Bool) {
        bytes.withSpan { self.begin(head, $0, framing: framing, mayKeep: mayKeep) }
    }

    @inline(__always)
    private func begin(_ head: borrowing MessageHead, _ span: Span<UInt8>, framing: BodyFraming, mayKeep: Bool) {
        self.status = head.status
        if self.ownStream != nil { return self.beginBehindOurs(head, span, mayKeep: mayKeep) }
        self.format = head.first(.contentType).flatMap { StreamFormat(span, contentType: $0.value) }
        let losesChunks = self.facts.speaksHTTP10 && framing == .chunked
        self.framing.endsAtClose = framing == .untilClose || losesChunks
        self.framing.closes = !mayKeep || self.framing.endsAtClose

        // A page that may read the reply may read what we add to it.
        let isReadable = head.kinds.contains(.allowOrigin)
        let headBytes =
            Self.fieldBytes(head) + self.facts.id.utf8.count + self.additions.maxBytes
            + (isReadable ? CrossOriginFields.bytes : 0)
        var reply = self.loop.eventLoop.buffer(capacity: headBytes)
        reply.writeHead(atMost: headBytes) { writer in
            writer.writeVersion(self.facts)
            writer.write(span, head.statusText)
            writer.write("\r\n")
            // Our own fields are written once.
            writer.writeFields(of: head, span, except: FieldKindSet(.requestID))
            let isChunkedHead = self.facts.isHead && head.kinds.contains(.transferEncoding)
            if !self.facts.speaksHTTP10, framing == .chunked || isChunkedHead {
                writer.write("Transfer-Encoding: chunked\r\n")
            }
            if isReadable { writer.write(CrossOriginFields.exposed) }
            if !head.kinds.contains(.date) { writer.write(text: self.loop.dateLine()) }
            writer.writeEnd(self.facts, self.additions, closes: self.framing.closes)
        }
        self.held = reply
    }

    /// The backend's head arrives after ours: it is not relayed, but shows whether a stream follows.
    private func beginBehindOurs(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, mayKeep: Bool) {
        let format = head.first(.contentType).flatMap { StreamFormat(bytes, contentType: $0.value) }
        if head.status != 200 || format != .serverSentEvents { self.ownStream?.refuse() }
        if !mayKeep { self.framing.closes = true }
    }

    /// The bytes that the status and the fields of a head take at most.
    private static func fieldBytes(_ head: borrowing MessageHead) -> Int {
        head.fields.last.map { Int($0.lineEnd) } ?? head.statusText.upperBound + 2
    }

    func write(_ bytes: ByteBuffer) {
        if self.ownStream != nil { return self.writeBehindOurs(bytes) }
        if let room = self.held?.writableBytes {
            // A buffer that is used again has room for more than the head: what arrived with it and fits costs no piece of its own.
            if bytes.readableBytes <= room {
                bytes.withUnsafeReadableBytes { _ = self.held?.append($0) }
                return
            }
            self.sendHead()
        }
        self.connection.write(bytes)
    }

    func burstEnded(isOpen: Bool) {
        if isOpen { self.sendHead() }
        self.connection.flush()
    }

    /// Sends the head that was held back: from now on the client has part of the reply.
    private func sendHead() {
        guard let head = self.held.take() else { return }
        self.stage = self.format == nil ? .body : .stream
        self.connection.write(head)
    }

    func takeBack() {
        guard self.held != nil else { return }
        self.held = nil
        self.status = 0
        self.format = nil
        self.framing = ReplyFraming()
    }

    func end(isWholeRequest: Bool) -> AfterReply {
        self.sendHead()
        if let refusal = self.endOwnStream() {
            self.writeEvent(refusal)
            return self.closed(resets: self.framing.endsAtClose)
        }
        self.connection.flush()
        guard self.framing.closes else { return .next }
        return .close(lingers: !isWholeRequest || self.facts.keepsConnection)
    }

    // MARK: - Answers of ours

    func fail(
        _ cause: ErrorCause,
        _ error: ErrorReply,
        behind body: ReplyBody?,
        _ request: RequestEnd
    ) -> AfterReply {
        self.takeBack()
        switch self.stage {
        case .unsent where cause == .speaksTLS: return self.writeTLSAlert()
        case .unsent:
            let answer = OwnReply(error, self.facts.dialect)
            if !self.facts.isHead { self.answeredBytes = answer.bytes.readableBytes }
            return self.write(answer, request)
        case .stream: self.writeTail(error, behind: body)
        case .body: break
        }
        return self.closed(resets: self.framing.endsAtClose)
    }

    func answer(_ reply: OwnReply, _ request: RequestEnd) throws(ErrorCause) -> AfterReply {
        guard let stream = reply.stream else { return self.write(reply, request) }
        return try self.begin(stream, reply, request)
    }

    private func write(_ reply: OwnReply, _ request: RequestEnd) -> AfterReply {
        self.framing.closes = !self.facts.keepsConnection || !request.isWhole || !request.mayKeep
        let length = reply.bytes.readableBytes
        // A long body is shared with others who get it, and so not copied.
        let isCopied = length <= Self.maxBytesWithHead
        // 204 has no body, nor a length of one (RFC 9110 §8.6).
        let framing = reply.status == 204 || reply.status == 304 ? "" : "Content-Length: \(length)\r\n"
        var bytes = self.head(of: reply, framing: framing, bodyBytes: isCopied ? length : 0)
        if isCopied, !self.facts.isHead { bytes.writeImmutableBuffer(reply.bytes) }
        self.connection.write(bytes)
        if !isCopied, !self.facts.isHead { self.connection.write(reply.bytes) }
        self.connection.flush()
        guard self.framing.closes else { return .next }
        return .close(lingers: !request.isWhole || self.facts.keepsConnection)
    }

    /// Answers with the head of a stream, and leaves the rest to its writer until the client disconnects.
    ///
    /// - Parameters:
    ///   - begin: begins the body.
    ///   - reply: the head.
    ///   - request: what was read of the request.
    /// - Throws: the cause of an error, if there is no such stream for the client.
    private func begin(
        _ begin: OwnReply.Stream,
        _ reply: OwnReply,
        _ request: RequestEnd
    ) throws(ErrorCause) -> AfterReply {
        let isChunked = !self.facts.speaksHTTP10 && reply.length == nil
        let keeps = reply.length != nil && self.facts.keepsConnection && request.isWhole && request.mayKeep
        self.framing.closes = !keeps
        let length = reply.length.map { "Content-Length: \($0)\r\n" }
        let head = self.head(of: reply, framing: length ?? (isChunked ? "Transfer-Encoding: chunked\r\n" : ""))
        let stream = ReplyStream(on: self.connection, isChunked: isChunked, keepsConnection: keeps, head: head)
        if !self.facts.isHead { try begin(stream) }
        stream.writeHead()
        if keeps, self.facts.isHead || stream.hasEnded { return .next }
        guard !self.facts.isHead else { return .close(lingers: self.facts.keepsConnection) }
        self.stream = stream
        stream.whenEnded = { [unowned self] in
            self.stream = nil
            self.whenStreamEnded()
        }
        return .follow
    }

    /// The connection is closed.
    func close() { self.stream.take()?.connectionClosed() }

    /// The client may send its body.
    func writeContinue() {
        var interim = self.loop.allocator.buffer(capacity: 32)
        interim.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        self.connection.write(interim)
        self.connection.flush()
    }

    /// Says in TLS that none is spoken here.
    private func writeTLSAlert() -> AfterReply {
        self.connection.write(self.loop.allocator.buffer(bytes: TLSHello.alert))
        return .close(lingers: true)
    }

    /// The head of an answer of ours.
    ///
    /// - Parameters:
    ///   - reply: the answer.
    ///   - framing: the field that says how its body is framed, with its line break; empty if it ends with the connection.
    ///   - bodyBytes: room for the body after it.
    private func head(of reply: OwnReply, framing: String, bodyBytes: Int = 0) -> ByteBuffer {
        let fieldBytes = reply.fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 }
        // A joined answer may have the field itself.
        let crossOrigin = reply.saysAllowedOrigin ? .none : self.facts.crossOrigin
        let isReadable = crossOrigin != .none || reply.saysAllowedOrigin
        let crossOriginBytes = isReadable ? self.facts.origin.count + CrossOriginFields.bytes : 0
        let headBytes =
            fieldBytes + crossOriginBytes + reply.contentType.utf8.count + self.facts.id.utf8.count
            + self.additions.maxBytes
        var bytes = self.loop.eventLoop.buffer(capacity: headBytes + bodyBytes)
        bytes.writeHead(atMost: headBytes) { writer in
            writer.writeVersion(self.facts)
            writer.write(decimal: reply.status)
            writer.write(" ")
            writer.write(ReasonPhrase.text(reply.status))
            writer.write("\r\n")
            if !reply.contentType.isEmpty {
                writer.write("Content-Type: ")
                writer.write(text: reply.contentType)
                writer.write("\r\n")
            }
            writer.write(text: framing)
            writer.write(text: self.loop.dateLine())
            for (name, value) in reply.fields {
                writer.write(text: name)
                writer.write(": ")
                writer.write(text: value)
                writer.write("\r\n")
            }
            writer.writeCrossOrigin(crossOrigin, origin: self.facts.origin)
            if reply.saysAllowedOrigin { writer.write(CrossOriginFields.exposed) }
            writer.writeEnd(self.facts, self.additions, closes: self.framing.closes)
        }
        return bytes
    }

    /// The reply is not whole.
    private func closed(resets: Bool) -> AfterReply {
        self.connection.flush()
        return resets ? .reset : .close(lingers: self.facts.keepsConnection)
    }

    // MARK: - A stream that begins while its request waits (contract section 14)

    /// Shows the client that its request still waits, in a stream of server-sent events.
    ///
    /// - Parameter waiting: what is known of it.
    func show(_ waiting: WaitingRequest) {
        if self.ownStream == nil { self.beginOwnStream() }
        let ping = self.facts.dialect == .anthropic ? "event: ping\ndata: {\"type\":\"ping\"}\n" : ""
        self.writeOwnData(self.loop.allocator.buffer(string: ": \(waiting.text)\n\(ping)\n"))
        self.connection.flush()
    }

    private func beginOwnStream() {
        self.ownStream = OwnStream()
        self.stage = .stream
        self.status = 200
        self.format = .serverSentEvents
        self.framing.endsAtClose = self.facts.speaksHTTP10
        self.framing.closes = !self.facts.keepsConnection || self.facts.speaksHTTP10
        let reply = OwnReply(200, contentType: "text/event-stream", body: "", fields: [("Cache-Control", "no-cache")])
        let framing = self.facts.speaksHTTP10 ? "" : "Transfer-Encoding: chunked\r\n"
        self.connection.write(self.head(of: reply, framing: framing))
    }

    /// Data of the backend's reply arrives after our head.
    private func writeBehindOurs(_ bytes: ByteBuffer) {
        guard self.ownStream?.collect(bytes) != true else { return }
        self.writeOwnData(bytes)
    }

    /// The backend's reply has ended after our head.
    ///
    /// - Returns: the error to end the stream with, if the reply was no stream.
    private func endOwnStream() -> String? {
        guard let ownStream = self.ownStream else { return nil }
        guard let text = ownStream.refusalText else {
            if !self.facts.speaksHTTP10 { self.connection.write(Chunk.end) }
            return nil
        }
        // An error of the backend is in the dialect already, if it is the line of JSON that it should be.
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        if line.first == "{", line.last == "}" { return line }
        return ErrorReply(.backendSentNoStream(status: self.status, text: line)).body(self.facts.dialect)
    }

    /// Puts a last line that carries the error after a stream.
    private func writeTail(_ error: ErrorReply, behind body: ReplyBody?) {
        if self.ownStream != nil { return self.writeEvent(error.body(self.facts.dialect)) }
        guard let body, let format = self.format else { return }
        let tail = StreamErrorTail.bytes(
            format: format,
            dialect: self.facts.dialect,
            body: error.body(format == .ndjson ? .ollama : self.facts.dialect),
            lastBytes: body.lastBytes
        )
        if let framed = self.wantsPlainData ? tail : body.frame(tail) {
            self.connection.write(self.loop.allocator.buffer(bytes: framed))
        }
    }

    /// Writes the last event of a stream whose head was ours, which carries an error.
    private func writeEvent(_ body: String) {
        let tail = StreamErrorTail.bytes(
            format: .serverSentEvents,
            dialect: self.facts.dialect,
            body: body,
            lastBytes: self.ownStream?.lastBytes ?? (.lineFeed, .lineFeed)
        )
        self.writeOwnData(self.loop.allocator.buffer(bytes: tail))
    }

    /// Writes data of a stream whose head was ours.
    private func writeOwnData(_ bytes: ByteBuffer) {
        self.ownStream?.note(bytes)
        if self.facts.speaksHTTP10 {
            self.connection.write(bytes)
        } else {
            Chunk.write(bytes, allocator: self.loop.allocator) { self.connection.write($0) }
        }
    }
}
