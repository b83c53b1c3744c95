// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP
internal import PaddockSockets

/// A request as a backend will see it: built from what was parsed, so that no ambiguity of the original reaches it.
///
/// It is held while the request waits, so it takes little more memory than its bytes. The backend is known only when
/// it may run; room for the lines that it alone gets is kept after the request line until then.
final class ForwardedRequest {
    /// How the body will be framed towards the backend.
    enum Body: Equatable {
        /// As the client framed it: its own `Content-Length`, or no body.
        case asItCame
        /// It arrived in chunks and is held as a whole: it is forwarded with its length.
        case measured
        /// It arrives in chunks and is forwarded as it arrives, in chunks.
        case chunked
    }

    /// Bodies up to this size are held in one piece with the head.
    private static let pieceBytes = 65_536
    /// The bytes of a head in addition to those received: the version, an id of ours, a transfer coding, the empty line.
    private static let additionBytes = 96
    /// So much memory is worth a copy if a request has to wait.
    private static let sparedBytes = 64
    private static let lengthLineBytes = "Content-Length: \r\n".utf8.count + 20

    /// How a request is built from the client's.
    struct Form: ~Copyable {
        /// Path and query: no backend sees another host than its own.
        var target: ByteRange
        /// Our id to send along; nil if the client's own is valid.
        var requestID: String?
        /// How the body will be framed.
        var body = Body.asItCame
        /// How many bytes of body are expected.
        var bodyHint = 0
        /// Whether `Expect` was answered by us.
        var dropsExpect = false
        /// Whether `Authorization` is our own secret.
        var dropsAuthorization = false
    }

    private var buffer = ByteBuffer()
    /// What `buffer` held, while the request waits: in an array, which takes no more memory than its bytes, as a buffer's memory
    /// is a power of two.
    private var waiting: [UInt8] = []
    private var pieces: [ByteBuffer] = []
    private var body = Body.asItCame
    private var lineEnd = 0
    private var gap = 0
    /// Bytes of the head, with the room that is left in it.
    private(set) var headBytes = 0
    /// The client's credentials, if backends have keys of their own: they go to one that has none, and to no other.
    private var credentials: [UInt8] = []
    /// Whether they stand in the head, as no backend has a key of its own.
    private var holdsCredentials = false
    /// The length of the lines that one backend alone gets.
    private var ownLineBytes = 0
    /// Bytes of the body so far.
    private(set) var bodyBytes = 0

    init() {}

    /// Begins a request, in place of the one before.
    ///
    /// - Parameters:
    ///   - form: how it is built.
    ///   - head: the head of the client's request.
    ///   - bytes: the bytes that head was read from.
    ///   - ownLines: how long the lines are that one backend alone gets.
    ///   - loop: the event loop that sends it.
    func begin(
        _ form: borrowing Form,
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        ownLines: OwnLineLengths,
        on loop: SocketLoop
    ) {
        self.end()
        self.bodyBytes = 0
        self.ownLineBytes = 0
        if !self.credentials.isEmpty { self.credentials = [] }
        var dropped = FieldKindSet(.host)
        if form.requestID != nil { dropped.insert(.requestID) }
        if form.dropsExpect { dropped.insert(.expect) }
        if form.dropsAuthorization { dropped.insert(.authorization) }
        self.holdsCredentials = !ownLines.hasKeys
        if ownLines.hasKeys {
            self.credentials = head.credentialLines(bytes, dropsAuthorization: form.dropsAuthorization)
            dropped.insert(.authorization)
            dropped.insert(.apiKey)
        }
        let lengthLineBytes = form.body == .measured ? Self.lengthLineBytes : 0
        let gap = ownLines.host + max(ownLines.key, self.credentials.count) + lengthLineBytes
        let fieldBytes = head.fields.last.map { Int($0.lineEnd) } ?? head.target.upperBound
        let headBytes = fieldBytes + gap + Self.additionBytes
        var buffer = loop.buffer(capacity: headBytes + min(form.bodyHint, Self.pieceBytes))
        var lineEnd = 0
        buffer.writeHead(atMost: headBytes) { writer in
            if form.target == head.target, head.method.upperBound + 1 == form.target.lowerBound {
                // The usual case: they are next to each other, with a blank between them.
                writer.write(bytes, ByteRange(start: head.method.lowerBound, end: form.target.upperBound))
            } else {
                writer.write(bytes, head.method)
                writer.write(" ")
                writer.write(bytes, form.target)
            }
            writer.write(" HTTP/1.1\r\n")
            lineEnd = writer.count
            writer.skip(gap)
            writer.writeFields(of: head, bytes, except: dropped)
            if let requestID = form.requestID {
                writer.write("X-Request-Id: ")
                writer.write(text: requestID)
                writer.write("\r\n")
            }
            if form.body == .chunked { writer.write("Transfer-Encoding: chunked\r\n") }
            writer.write("\r\n")
        }
        self.lineEnd = lineEnd
        self.headBytes = buffer.readableBytes
        self.buffer = buffer
        self.body = form.body
        self.gap = gap
    }

    /// Begins a `GET` of our own, in place of the request before.
    ///
    /// - Parameters:
    ///   - question: what is asked.
    ///   - ownLines: how long the lines are that one backend alone gets.
    func begin(_ question: Question, ownLines: OwnLineLengths) {
        let line = "\(question.body == nil ? "GET" : "POST") \(question.target) HTTP/1.1\r\n"
        self.gap = ownLines.host + max(ownLines.key, question.credentials.count)
        self.lineEnd = line.utf8.count
        self.credentials = question.credentials
        self.holdsCredentials = false
        self.buffer = ByteBuffer(string: line)
        self.buffer.writeRepeatingByte(.space, count: self.gap)
        self.buffer.writeBytes(question.fields)
        self.buffer.writeString("X-Request-Id: \(question.requestID)\r\nConnection: close\r\n")
        if let body = question.body {
            self.buffer.writeString("Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n")
        }
        self.buffer.writeString("\r\n")
        self.headBytes = self.buffer.readableBytes
        self.buffer.writeString(question.body ?? "")
    }

    /// What is asked of a backend on behalf of Paddock itself.
    struct Question {
        /// The path, with its query.
        var target: String
        /// The id to send along.
        var requestID: String
        /// The JSON that is posted; nil to ask without a body.
        var body: String?
        /// Further header fields, each with its line break.
        var fields = Array("User-Agent: paddock\r\n".utf8)
        /// The fields in whose place a backend gets its own key, each with its line break.
        var credentials: [UInt8] = []
    }

    /// Another one with the same bytes.
    func copy() -> ForwardedRequest {
        let copy = ForwardedRequest()
        copy.buffer = self.buffer
        copy.waiting = self.waiting
        copy.pieces = self.pieces
        copy.body = self.body
        copy.lineEnd = self.lineEnd
        copy.gap = self.gap
        copy.headBytes = self.headBytes
        copy.credentials = self.credentials
        copy.holdsCredentials = self.holdsCredentials
        copy.ownLineBytes = self.ownLineBytes
        copy.bodyBytes = self.bodyBytes
        return copy
    }

    /// Takes no more memory than its bytes from now on, as it has to wait.
    func compact(on loop: SocketLoop) {
        guard self.buffer.storageCapacity > self.buffer.readableBytes + Self.sparedBytes else { return }
        let buffer = Swift.exchange(&self.buffer, with: ByteBuffer())
        self.waiting = buffer.withUnsafeReadableBytes { Array($0) }
        loop.giveBack(buffer)
    }

    private func expand(on loop: SocketLoop) {
        self.buffer = loop.buffer(capacity: self.waiting.count)
        self.waiting.withUnsafeBytes { self.buffer.append($0) }
        self.waiting = []
    }

    /// Lets go of the bytes.
    func end() {
        // Asked first, as there are none of a request that was sent.
        if self.buffer.storageCapacity > 0 { self.buffer = ByteBuffer() }
        if !self.waiting.isEmpty { self.waiting = [] }
        if !self.pieces.isEmpty { self.pieces = [] }
    }

    /// The body so far; nil if it is longer than a few KiB.
    ///
    /// - Parameter limit: how many bytes that are, at most 64 KiB.
    func wholeBody(upTo limit: Int) -> [UInt8]? {
        guard self.bodyBytes <= limit, self.pieces.isEmpty else { return nil }
        return Array(self.buffer.readableBytesView.suffix(self.bodyBytes))
    }

    /// Appends a piece of the body.
    func append(_ bytes: RawSpan, allocator: ByteBufferAllocator) {
        let count = bytes.byteCount
        self.bodyBytes += count
        if self.pieces.isEmpty, self.bodyBytes <= Self.pieceBytes {
            bytes.withUnsafeBytes { self.buffer.append($0) }
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
    /// To be called last, and again only once they were taken back: the bytes move into place within the memory they are in.
    ///
    /// - Parameters:
    ///   - hostLine: the `Host` field of the backend with its line break.
    ///   - keyLine: the `Authorization` field in place of the client's credentials with its line break; nil if the backend has
    ///     none.
    ///   - loop: the event loop that sends it.
    /// - Returns: the pieces to write, in order.
    func finished(
        hostLine: String,
        keyLine: String? = nil,
        on loop: SocketLoop
    ) -> (first: ByteBuffer, rest: [ByteBuffer]) {
        if !self.waiting.isEmpty { self.expand(on: loop) }
        let length = self.body == .measured ? "Content-Length: \(self.bodyBytes)\r\n" : ""
        let credentialBytes = keyLine?.utf8.count ?? self.credentials.count
        let ownBytes = hostLine.utf8.count + credentialBytes + length.utf8.count
        // Room was left for the backends that were there when it came.
        if ownBytes > self.gap { self.widen(to: ownBytes) }
        if keyLine != nil, self.holdsCredentials { self.dropCredentials() }
        let start = self.gap - ownBytes
        let lineEnd = self.lineEnd
        self.buffer.withUnsafeMutableReadableBytes { bytes in
            // The request line moves up to close what is left of the gap.
            let moved = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + lineEnd])
            moved.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<lineEnd]))
            var filler = HeadWriter(UnsafeMutableRawBufferPointer(rebasing: bytes[(start + lineEnd)...]))
            filler.write(text: hostLine)
            if let keyLine {
                filler.write(text: keyLine)
            } else if !self.credentials.isEmpty {
                filler.write(self.credentials)
            }
            if !length.isEmpty { filler.write(text: length) }
        }
        self.buffer.moveReaderIndex(to: start)
        self.ownLineBytes = self.gap - start
        // Given away, as what is sent is to be free at once.
        return (Swift.exchange(&self.buffer, with: ByteBuffer()), Swift.exchange(&self.pieces, with: []))
    }

    /// Makes the room behind the request line larger.
    private func widen(to gap: Int) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(self.buffer.readableBytes + gap - self.gap)
        buffer.writeBytes(self.buffer.readableBytesView.prefix(self.lineEnd))
        buffer.writeRepeatingByte(.space, count: gap)
        buffer.writeBytes(self.buffer.readableBytesView.dropFirst(self.lineEnd + self.gap))
        self.headBytes += gap - self.gap
        self.buffer = buffer
        self.gap = gap
    }

    /// Removes the client's credentials from the head: no backend had a key when it came.
    private func dropCredentials() {
        self.holdsCredentials = false
        let bytes = self.buffer.readableBytesView
        var rest = bytes.dropFirst(self.lineEnd + self.gap)
        var kept = ByteBuffer()
        kept.writeBytes(bytes.prefix(self.lineEnd + self.gap))
        // The fields are lines of our own making; an empty one ends the head.
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")), end - rest.startIndex > 1 {
            let line = rest[...end]
            rest = rest[(end + 1)...]
            let name = line.prefix { $0 != UInt8(ascii: ":") }.map { $0 | 0x20 }
            if name == Array("authorization".utf8) || name == Array("x-api-key".utf8) {
                self.headBytes -= line.count
                // For a backend without a key, if this one takes nothing.
                self.credentials += line
            } else {
                kept.writeBytes(line)
            }
        }
        kept.writeBytes(rest)
        self.buffer = kept
    }

    /// Takes back what no backend has seen a byte of, so that it can be made ready for another one.
    ///
    /// - Parameters:
    ///   - unsent: what `finished` returned and what was written after it, in order.
    ///   - allocator: the source of memory.
    /// - Returns: how many bytes it holds.
    func takeBack(_ unsent: [ByteBuffer], allocator: ByteBufferAllocator) -> Int {
        guard let first = unsent.first else { return 0 }
        let held = unsent.reduce(0) { $0 + $1.readableBytes }
        let bytes = first.readableBytesUInt8Span
        var buffer = allocator.buffer(capacity: self.gap + first.readableBytes)
        buffer.writeBytes(bytes.extracting(0..<self.lineEnd).bytes)
        buffer.writeRepeatingByte(.space, count: self.gap)
        buffer.writeBytes(bytes.extracting((self.lineEnd + self.ownLineBytes)...).bytes)
        self.buffer = buffer
        self.pieces = Array(unsent.dropFirst())
        return held
    }
}
