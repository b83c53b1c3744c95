// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Streams that begin while their request waits (contract section 14): our own head, comments with the place in the queue, and
/// then what the backend streams, in chunks of ours.
extension ClientHandler {
    /// Of a backend's refusal, this much is passed on in the stream.
    private static let maxRefusalBytes = 65_536

    /// How often the client of a request that waits is shown so; nil for never.
    var lifeInterval: Duration? {
        // NDJSON has nothing that its readers skip.
        self.request.streaming == .onRequest && self.request.expectsStream ? self.loop.settings.queueKeepalive : nil
    }

    /// Shows the client that its request still waits.
    func showLife() {
        guard let ticket = self.ticket, let place = self.gateway.admission.place(of: ticket) else { return }
        if !self.machine.hasBegunReply { self.beginReplyWhileWaiting() }
        let ping = self.request.dialect == .anthropic ? "event: ping\ndata: {\"type\":\"ping\"}\n" : ""
        self.writeData(self.loop.allocator.buffer(string: ": queued, position \(place)\n\(ping)\n"))
        self.connection.flush()
    }

    private func beginReplyWhileWaiting() {
        self.request.replyStatus = 200
        self.request.streamFormat = .serverSentEvents
        self.request.replyEndsAtClose = self.request.speaksHTTP10
        self.request.closesAfterReply = !self.request.keepsConnection || self.request.speaksHTTP10
        self.machine.replyBegunWhileWaiting()
        let reply = OwnReply(200, contentType: "text/event-stream", body: "", fields: [("Cache-Control", "no-cache")])
        let framing = self.request.speaksHTTP10 ? "" : "Transfer-Encoding: chunked\r\n"
        self.write(self.head(of: reply, framing: framing))
    }

    /// The backend's head comes behind ours: it is not shown, but says whether a stream follows.
    func replyHeadBehindOurs(_ head: MessageHead, _ bytes: Span<UInt8>) {
        let format = head.first(.contentType).flatMap { StreamFormat(bytes, contentType: $0.value) }
        if head.status != 200 || format != .serverSentEvents { self.request.refusal = ByteBuffer() }
        self.backend?.lookForFinalEvent(.serverSentEvents)
        self.request.replyStatus = head.status
        self.request.closesAfterReply = self.request.closesAfterReply || self.gateway.isDraining
        let now = Instant.now()
        self.request.firstByte = now
        self.machine.replyBegan(isStream: true, now: now)
        self.updateTimer()
    }

    /// Data of the backend's reply comes behind our head.
    func replyBytesBehindOurs(_ bytes: ByteBuffer) {
        guard let collected = self.request.refusal?.readableBytes else { return self.writeData(bytes) }
        let room = Self.maxRefusalBytes - collected
        if let piece = bytes.getSlice(at: bytes.readerIndex, length: min(room, bytes.readableBytes)) {
            self.request.refusal?.writeImmutableBuffer(piece)
        }
    }

    /// The backend's reply has ended behind our head.
    ///
    /// - Returns: the error to end the stream with, where the reply was none.
    func endReplyBehindOurs() -> String? {
        guard let refusal = self.request.refusal else {
            if !self.request.speaksHTTP10 { self.write(self.loop.allocator.buffer(string: "0\r\n\r\n")) }
            return nil
        }
        let text = String(decoding: refusal.readableBytesView, as: UTF8.self)
        // An error of the backend is in the dialect already, if it is the line of JSON that it should be.
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        if line.first == "{", line.last == "}" { return line }
        let message = "the backend answered with status \(self.request.replyStatus) and no stream: \(line.prefix(512))"
        return ErrorReply(502, "backend_error", message).body(self.request.dialect)
    }

    /// A request whose stream has begun gets no slot.
    func breakStream(_ rejection: Rejection) {
        let reply = ErrorReply(rejection, model: self.request.model?.description)
        self.writeStreamTail(reply)
        self.recordReply(ExchangeRecord.Outcome(OwnReply(reply, self.request.dialect)), code: reply.code, now: .now())
        self.closeAfterFlush(resets: self.request.replyEndsAtClose)
    }

    /// Writes the last event of a stream, which carries an error.
    func writeStreamEvent(_ body: String) {
        let tail = StreamErrorTail.bytes(
            format: .serverSentEvents,
            dialect: self.request.dialect,
            body: body,
            lastBytes: self.request.lastBytes
        )
        self.writeData(self.loop.allocator.buffer(bytes: tail))
    }

    /// Writes data of a stream whose head was ours.
    private func writeData(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        guard let last = view.last else { return }
        self.request.lastBytes = (view.dropLast().last ?? self.request.lastBytes.1, last)
        guard !self.request.speaksHTTP10 else { return self.write(bytes) }
        var chunk = self.loop.allocator.buffer(capacity: bytes.readableBytes + 20)
        chunk.writeString(String(bytes.readableBytes, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeImmutableBuffer(bytes)
        chunk.writeStaticString("\r\n")
        self.write(chunk)
    }
}
