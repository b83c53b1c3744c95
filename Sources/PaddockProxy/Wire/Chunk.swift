// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Chunks of ours (RFC 9112 §7.1): the only place where they are framed.
enum Chunk {
    /// What is written around the data of a chunk at most: its size, three line breaks, the last chunk.
    static let framingBytes = 32

    /// Up to this size data is copied between its framing rather than written on its own.
    private static let maxCopiedBytes = 4096

    /// The last chunk.
    static let end = ByteBuffer(string: "0\r\n\r\n")

    /// Frames data as one chunk.
    ///
    /// - Parameters:
    ///   - data: the data; if it is empty there is no chunk of it.
    ///   - isLast: whether the body ends with it. Defaults to false.
    ///   - allocator: the source of memory.
    ///   - write: called with the pieces, in order: one, or three if the data is long.
    static func write(
        _ data: ByteBuffer,
        isLast: Bool = false,
        allocator: ByteBufferAllocator,
        to write: (ByteBuffer) -> Void
    ) {
        let count = data.readableBytes
        let isCopied = count <= Self.maxCopiedBytes
        var bytes = allocator.buffer(capacity: Self.framingBytes + (isCopied ? count : 0))
        if count > 0 {
            bytes.writeString(String(count, radix: 16))
            bytes.writeStaticString("\r\n")
            if isCopied {
                bytes.writeImmutableBuffer(data)
            } else {
                write(bytes)
                write(data)
                bytes = allocator.buffer(capacity: Self.framingBytes)
            }
            bytes.writeStaticString("\r\n")
        }
        if isLast { bytes.writeImmutableBuffer(Self.end) }
        if bytes.readableBytes > 0 { write(bytes) }
    }
}
