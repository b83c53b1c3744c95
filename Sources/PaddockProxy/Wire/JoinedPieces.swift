// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// Pieces of received bytes as one: the piece itself if there is only one, else a copy of all.
///
/// A body may be in chunks of one byte. What is done for each chunk then costs hundreds of times what is done for its byte.
struct JoinedPieces {
    private let bytes: ByteBuffer
    private let allocator: ByteBufferAllocator
    private var first: Range<Int>?
    private var copy: ByteBuffer?

    /// - Parameters:
    ///   - bytes: what was received.
    ///   - allocator: where memory for a copy comes from.
    init(of bytes: ByteBuffer, _ allocator: ByteBufferAllocator) {
        self.bytes = bytes
        self.allocator = allocator
    }

    /// Adds a piece, as offsets from the first readable byte; pieces are in order.
    mutating func add(_ piece: Range<Int>) {
        guard let first = self.first else {
            self.first = piece
            return
        }
        if self.copy == nil {
            self.copy = self.allocator.buffer(capacity: self.bytes.readableBytes - first.lowerBound)
            self.append(first)
        }
        self.append(piece)
    }

    private mutating func append(_ piece: Range<Int>) {
        let bytes = self.bytes
        self.copy?.writeBytes(bytes.readableBytesUInt8Span.extracting(piece).bytes)
    }

    /// All pieces.
    var whole: ByteBuffer {
        if let copy = self.copy { return copy }
        guard let first = self.first else { return ByteBuffer() }
        return self.bytes.getSlice(at: self.bytes.readerIndex + first.lowerBound, length: first.count) ?? ByteBuffer()
    }
}

extension BodyReader {
    /// Reads on as far as what has been received goes.
    ///
    /// - Parameters:
    ///   - input: what has been received; begins after what was read afterwards, also if this throws.
    ///   - allocator: the source of memory.
    /// - Returns: all data in it, in one piece.
    /// - Throws: `HeadProblem` for broken chunks.
    mutating func readOn(
        in input: inout ByteBuffer,
        _ allocator: ByteBufferAllocator
    ) throws(HeadProblem) -> ByteBuffer {
        let bytes = input
        var pieces = JoinedPieces(of: bytes, allocator)
        var index = 0
        defer { input.moveReaderIndex(forwardBy: index) }
        while true {
            switch try self.next(bytes.readableBytesUInt8Span, from: &index) {
            case .data(let piece): pieces.add(piece)
            case .needsMore, .end: return pieces.whole
            }
        }
    }
}
