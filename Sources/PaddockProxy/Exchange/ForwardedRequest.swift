// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// A request as a backend will see it: built from what was parsed, so that no ambiguity of the original reaches it.
///
/// It is held while the request waits, so it takes little more memory than its bytes. The backend is known only when
/// it may run; room for the `Host` line is kept behind the request line until then.
struct ForwardedRequest {
    /// How the body will be framed towards the backend.
    enum Body: Equatable {
        /// As the client framed it: its own `Content-Length`, or no body.
        case asItCame
        /// It came in chunks and is held as a whole: its length is told.
        case measured
        /// It comes in chunks and is passed on as it comes, in chunks.
        case chunked
    }

    /// Bodies up to this size are held in one piece with the head.
    private static let pieceBytes = 65_536
    private static let lengthLineBytes = "Content-Length: \r\n".utf8.count + 20

    private var buffer: ByteBuffer
    private var pieces: [ByteBuffer] = []
    private let body: Body
    private let lineEnd: Int
    private let gap: Int
    /// Bytes of the body so far.
    private(set) var bodyBytes = 0

    /// - Parameters:
    ///   - head: the request's head.
    ///   - bytes: the bytes it was read from.
    ///   - requestID: the id to send along, or nil when the client's own is fit.
    ///   - body: how the body will be framed.
    ///   - bodyHint: how many bytes of body are expected.
    ///   - dropsExpect: whether `Expect` was answered by us.
    ///   - hostLineBytes: the length of the longest `Host` line of a backend.
    ///   - allocator: where memory comes from.
    init(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        requestID: String?,
        body: Body,
        bodyHint: Int,
        dropsExpect: Bool,
        hostLineBytes: Int,
        allocator: ByteBufferAllocator
    ) {
        let gap = hostLineBytes + (body == .measured ? Self.lengthLineBytes : 0)
        let fieldBytes = head.fields.last.map { Int($0.lineEnd) } ?? head.target.upperBound
        var buffer = allocator.buffer(capacity: fieldBytes + gap + min(bodyHint, Self.pieceBytes) + 72)
        buffer.writeRange(bytes, head.method)
        buffer.writeInteger(UInt8.space)
        buffer.writeRange(bytes, head.target)
        buffer.writeStaticString(" HTTP/1.1\r\n")
        self.lineEnd = buffer.writerIndex
        buffer.moveWriterIndex(forwardBy: gap)
        var dropped: FieldKindSet = [.host]
        if requestID != nil { dropped.insert(.requestID) }
        if dropsExpect { dropped.insert(.expect) }
        buffer.writeFields(of: head, bytes, except: dropped)
        if let requestID {
            buffer.writeStaticString("X-Request-Id: ")
            buffer.writeString(requestID)
            buffer.writeStaticString("\r\n")
        }
        if body == .chunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        buffer.writeStaticString("\r\n")
        self.buffer = buffer
        self.body = body
        self.gap = gap
    }

    /// Appends a piece of the body.
    mutating func append(_ bytes: RawSpan, allocator: ByteBufferAllocator) {
        let count = bytes.byteCount
        self.bodyBytes += count
        if self.pieces.isEmpty, self.bodyBytes <= Self.pieceBytes {
            self.buffer.writeBytes(bytes)
        } else if let last = self.pieces.indices.last, self.pieces[last].writableBytes >= count {
            self.pieces[last].writeBytes(bytes)
        } else {
            // Pieces grow with the body, so that a large one is a few hundred writes and a stalled one costs little.
            var piece = allocator.buffer(capacity: max(count, min(self.bodyBytes, 16 * Self.pieceBytes)))
            piece.writeBytes(bytes)
            self.pieces.append(piece)
        }
    }

    /// The bytes for a backend: the head with what fits of the body, then the rest.
    ///
    /// - Parameter hostLine: the `Host` field of the backend with its line break.
    /// - Returns: the pieces to write, in order.
    consuming func finished(hostLine: String) -> (first: ByteBuffer, rest: [ByteBuffer]) {
        let length = self.body == .measured ? "Content-Length: \(self.bodyBytes)\r\n" : ""
        let filled = hostLine.utf8.count + length.utf8.count
        let start = self.gap - filled
        if start > 0, let line = self.buffer.getSlice(at: 0, length: self.lineEnd) {
            // The request line moves up to close what is left of the gap.
            self.buffer.setBuffer(line, at: start)
        }
        self.buffer.setString(hostLine, at: start + self.lineEnd)
        if !length.isEmpty { self.buffer.setString(length, at: start + self.lineEnd + hostLine.utf8.count) }
        self.buffer.moveReaderIndex(to: start)
        return (self.buffer, self.pieces)
    }
}
