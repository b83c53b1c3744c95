// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// What has arrived from a client and has not been read: its connection reads heads from here, its exchange bodies.
///
/// Bytes leave it before anything is decided about them, so that no byte of a body can be read as a request.
final class ClientInput {
    /// What may wait here without being counted in `max_queued_bytes`: every connection may have so much.
    static let freeBytes = 4_096

    private(set) var bytes = ByteBuffer()
    /// What it holds of `max_queued_bytes`.
    private var countedBytes = 0

    var count: Int { self.bytes.readableBytes }

    func append(_ bytes: ByteBuffer) {
        if self.count == 0 { self.bytes = bytes } else { self.bytes.writeImmutableBuffer(bytes) }
    }

    func skip(_ count: Int) { self.bytes.moveReaderIndex(forwardBy: count) }

    func removeAll() { self.bytes = ByteBuffer() }

    /// Copies what stays beyond this turn out of the memory that is shared with other connections.
    func keep(_ allocator: ByteBufferAllocator) {
        // There is nothing to keep and nothing to let go.
        guard self.bytes.storageCapacity > 0 else { return }
        self.bytes = self.count == 0 ? ByteBuffer() : self.bytes.kept(allocator)
    }

    /// Reads on in a body as far as its bytes have arrived.
    ///
    /// - Returns: all data, in one piece.
    /// - Throws: `HeadProblem` for broken chunks.
    func read(_ body: inout BodyReader, _ allocator: ByteBufferAllocator) throws(HeadProblem) -> ByteBuffer {
        try body.readOn(in: &self.bytes, allocator)
    }

    /// Takes the next step in a body.
    ///
    /// - Returns: the step, whose range is one of the offsets in `bytes` as they were before.
    /// - Throws: `HeadProblem` for broken chunks.
    func next(_ body: inout BodyReader) throws(HeadProblem) -> BodyReader.Step {
        let bytes = self.bytes
        var index = 0
        defer { self.skip(index) }
        return try bytes.withSpan { (span) throws(HeadProblem) in try body.next(span, from: &index) }
    }

    /// Whether it may hold more than is free, or did when it was counted last.
    var isCountDue: Bool { self.count > 0 || self.countedBytes != 0 }

    /// Counts what it holds, if that is more than ``freeBytes``.
    ///
    /// - Parameters:
    ///   - limit: `max_queued_bytes`.
    ///   - memory: the memory of all requests.
    /// - Returns: whether it fits in `max_queued_bytes`.
    func isWithin(_ limit: Int, of memory: RequestMemory) -> Bool {
        let capacity = self.count > 0 ? self.bytes.storageCapacity : 0
        let change = (capacity > Self.freeBytes ? capacity : 0) - self.countedBytes
        guard change != 0 else { return true }
        self.countedBytes += change
        memory.count(change)
        return change < 0 || memory.heldBytes <= limit
    }
}
