// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// The body of a request: read as a whole, forwarded as it arrives, or discarded.
///
/// The same object serves one request of a connection after the other.
final class RequestBody {
    private let input: ClientInput
    private let allocator: ByteBufferAllocator
    /// Follows the framing.
    private var reader = BodyReader(.none)
    /// Whether it is framed in chunks.
    private var isChunked = false
    /// What the request holds of the memory of all.
    private var held: HeldMemory
    /// The request as a backend gets it.
    let forward: ForwardedRequest
    /// Bytes of the body so far, without framing.
    private(set) var byteCount = 0

    /// - Parameters:
    ///   - input: the source of the bytes.
    ///   - forward: the request as a backend gets it. Defaults to a new one.
    ///   - memory: the memory of all requests.
    ///   - allocator: the source of buffers.
    init(
        from input: ClientInput,
        forward: ForwardedRequest = ForwardedRequest(),
        memory: RequestMemory,
        _ allocator: ByteBufferAllocator
    ) {
        self.input = input
        self.forward = forward
        self.held = HeldMemory(memory)
        self.allocator = allocator
    }

    /// Begins a body.
    ///
    /// - Parameter framing: how it is framed; until that is known `untilClose`, so that nothing is taken for the next request.
    func begin(_ framing: BodyFraming) {
        self.reader = BodyReader(framing)
        self.isChunked = framing == .chunked
        self.byteCount = 0
    }

    /// Whether all of it has been read.
    var isWhole: Bool { self.reader.hasEnded }

    /// Whether some of it has arrived with the head.
    var hasBegun: Bool { self.input.count > 0 }

    // MARK: - Taken in as a whole

    /// Takes in what has arrived.
    ///
    /// - Parameters:
    ///   - intake: looks at it.
    ///   - isForwarded: whether a backend gets it.
    ///   - limit: `max_queued_bytes`.
    /// - Returns: whether that is all of it.
    /// - Throws: the cause of an error.
    func receive(into intake: BodyIntake, isForwarded: Bool, within limit: Int) throws(ErrorCause) -> Bool {
        if self.reader.isChunked {
            // All at once: there may be a chunk for each byte.
            let data = try self.readOn()
            if data.readableBytes > 0 {
                try self.take(data.readableBytesUInt8Span, intake, isForwarded: isForwarded, within: limit)
            }
            return self.reader.hasEnded
        }
        while !self.reader.takeEnd() {
            let bytes = self.input.bytes
            switch try self.next() {
            case .data(let range):
                let piece = bytes.readableBytesUInt8Span.extracting(range)
                try self.take(piece, intake, isForwarded: isForwarded, within: limit)
            case .needsMore: return false
            case .end: return true
            }
        }
        return true
    }

    /// Passes on what has arrived to the receiver of an upload.
    ///
    /// - Returns: whether that is all of it.
    /// - Throws: the cause of an error.
    func receive(into upload: any UploadReceiver) throws(ErrorCause) -> Bool {
        if self.reader.isChunked {
            let data = try self.readOn()
            self.byteCount += data.readableBytes
            if data.readableBytes > 0 { upload.receive(data.readableBytesUInt8Span) }
            return self.reader.hasEnded
        }
        while !self.reader.takeEnd() {
            let bytes = self.input.bytes
            switch try self.next() {
            case .data(let range):
                self.byteCount += range.count
                upload.receive(bytes.readableBytesUInt8Span.extracting(range))
            case .needsMore: return false
            case .end: return true
            }
        }
        return true
    }

    private func take(
        _ piece: Span<UInt8>,
        _ intake: BodyIntake,
        isForwarded: Bool,
        within limit: Int
    ) throws(ErrorCause) {
        self.byteCount += piece.count
        try intake.take(piece)
        // The head is counted with the first piece after it.
        let headBytes = self.held.bytes == 0 && isForwarded ? self.forward.headBytes : 0
        try self.hold(headBytes + piece.count, within: limit)
        if isForwarded { self.forward.append(piece.bytes, allocator: self.allocator) }
    }

    private func readOn() throws(ErrorCause) -> ByteBuffer {
        do throws(HeadProblem) { return try self.input.read(&self.reader, self.allocator) } catch {
            throw self.broken(error)
        }
    }

    private func next() throws(ErrorCause) -> BodyReader.Step {
        do throws(HeadProblem) { return try self.input.next(&self.reader) } catch { throw self.broken(error) }
    }

    /// The end of a body with broken chunks is unknown, and so is the beginning of the next request.
    private func broken(_ problem: HeadProblem) -> ErrorCause {
        self.reader = BodyReader(.untilClose)
        return ErrorCause(problem)
    }

    // MARK: - Passed on

    /// Passes on what has arrived to a backend that has the request already.
    ///
    /// - Throws: the cause of an error; the backend must not take the body for whole.
    func passOn(to backend: BackendConnection) throws(ErrorCause) {
        guard !self.reader.hasEnded else { return }
        let data = try self.readOn()
        self.byteCount += data.readableBytes
        if self.isChunked {
            // All data that arrived at once is one chunk, however small those of the client are.
            Chunk.write(data, isLast: self.reader.hasEnded, allocator: self.allocator) { backend.write($0) }
        } else {
            backend.write(data)
        }
        backend.flush()
    }

    // MARK: - Thrown away

    /// Discards what has arrived, as the request is answered before its end.
    ///
    /// - Returns: whether that was all of it, so that the next byte is the first of another request.
    func discard() -> Bool {
        // If the head was refused, the extent of the body is unknown.
        guard !self.reader.endsAtClose else { return false }
        while !self.reader.hasEnded {
            guard let step = try? self.next() else { return false }
            switch step {
            case .data(let range): self.byteCount += range.count
            case .needsMore: return false
            case .end: break
            }
        }
        return true
    }

    // MARK: - Memory

    /// Takes memory for a part of the request.
    ///
    /// - Throws: `memoryFull`.
    func hold(_ count: Int, within limit: Int) throws(ErrorCause) {
        guard self.held.take(count, within: limit) else {
            throw .memoryFull(held: self.held.ofAll, limit: limit, retryAfter: Self.retryAfter)
        }
    }

    /// Counts the memory of decompressing.
    ///
    /// - Throws: `memoryFull`.
    func holdDecoder(_ count: Int, within limit: Int) throws(ErrorCause) {
        guard self.held.setDecoder(count, within: limit) else {
            throw .memoryFull(held: self.held.ofAll, limit: limit, retryAfter: Self.retryAfter)
        }
    }

    /// Nothing is decompressed any more.
    func releaseDecoder() { _ = self.held.setDecoder(0, within: .max) }

    /// When to retry, in seconds, if it is not known how long the model's requests take.
    static let retryAfter = 5

    /// The request is no longer needed, or has been sent: returns its memory.
    func release() {
        self.held.giveBack()
        self.forward.end()
    }

    /// Leaves the memory to an owner that returns it later.
    ///
    /// - Returns: how many bytes that are.
    func leaveMemory() -> Int { self.held.leave() }

    /// Holds a request again that a backend has taken nothing of, or has refused.
    ///
    /// - Parameters:
    ///   - sent: what was sent, in order.
    ///   - isHeld: whether its memory was counted all the time. Defaults to false.
    func takeBack(_ sent: [ByteBuffer], isHeld: Bool = false) {
        let count = self.forward.takeBack(sent, allocator: self.allocator)
        if !isHeld { self.held.count(count) }
    }

}
